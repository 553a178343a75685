using System.IO.Pipelines;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Http;

/// <summary>Waits until a client has taken what was sent, and drops one that takes nothing for too long.</summary>
internal static class SlowReader
{
    /// <param name="context">The client's request.</param>
    /// <param name="flush">What is being sent.</param>
    /// <param name="patience">How long the client may take nothing.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="OperationCanceledException">The client is gone, or took nothing for the whole time.</exception>
    public static ValueTask WaitAsync(HttpContext context, ValueTask<FlushResult> flush, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(context, flush.AsTask(), patience, cancellationToken);
        _ = flush.Result;
        return ValueTask.CompletedTask;
    }

    private static async ValueTask WaitAsync(HttpContext context, Task<FlushResult> flush, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await flush.WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException e)
        {
            context.Abort();
            throw new OperationCanceledException("The client took nothing of its answer for too long.", e);
        }
    }
}
