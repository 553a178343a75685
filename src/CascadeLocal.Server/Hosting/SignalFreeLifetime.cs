using Microsoft.Extensions.Hosting;

namespace CascadeLocal.Server.Hosting;

/// <summary>
/// Leaves signals to the program. The framework's own lifetime would close the port at SIGTERM, before the running
/// requests have finished.
/// </summary>
internal sealed class SignalFreeLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
