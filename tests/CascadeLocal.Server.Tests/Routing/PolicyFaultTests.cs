using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

/// <summary>What nobody foresaw while a policy is read: it is logged, the server serves, and the folder is watched on.</summary>
public sealed class PolicyFaultTests
{
    private static Task<TestServer> StartAsync(TestPolicy policy, RecordingLog log, Func<int, Exception?> fault)
    {
        int attempts = 0;
        return TestServer.StartAsync(
            options => options with
            {
                Policy = policy.Folder,
                LoadEmbedder = () => fault(attempts++) is { } e ? throw e : new LetterEmbedder(),
            },
            log: log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task At_the_start_and_after_it_a_good_one_comes_into_force(bool cancels)
    {
        using TestPolicy policy = new();
        RecordingLog log = new();
        await using TestServer server = await StartAsync(
            policy, log, attempt => attempt > 1 ? null : cancels ? new OperationCanceledException("not ours") : new InvalidOperationException("a bug"));

        // Served, though without a policy.
        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);
        Assert.True(response.IsSuccessStatusCode);
        Assert.NotNull(server.Server.Policies.Refusal);

        // The watching meets the same fault, and goes on.
        PolicyFolder.Write(policy.Folder, TestPolicy.Make() with { Assignment = [1, 1] });
        await Wait.UntilAsync(() => log.Errors.Count(e => e.Fault is not null) == 2);
        PolicyFolder.Write(policy.Folder, TestPolicy.Make() with { Assignment = [1, 0] });
        await Wait.UntilAsync(() => server.Server.Policies.Version is not null);
        Assert.Null(server.Server.Policies.Refusal);
    }
}
