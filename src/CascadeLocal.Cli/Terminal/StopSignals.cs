using System.Runtime.InteropServices;

namespace CascadeLocal.Cli.Terminal;

/// <summary>Ctrl-C and SIGTERM as tasks; while this lives the first one does not end the process by itself.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly bool _takesSecond;
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private CancellationTokenSource? _part;

    /// <param name="takesSecond">Whether the second one too is the command's own; otherwise it ends the process.</param>
    public StopSignals(bool takesSecond = false)
    {
        _takesSecond = takesSecond;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Ends with the first signal.</summary>
    public Task First => _first.Task;

    /// <summary>Ends with the second one, if it is taken: whoever asks twice does not want to wait.</summary>
    public Task Second => _second.Task;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Until <see cref="EndPart"/> the next Ctrl-C cancels this token, and nothing else.</summary>
    public CancellationToken BeginPart() => (_part = new()).Token;

    /// <summary>From now on Ctrl-C is a signal as any.</summary>
    public void EndPart() => Interlocked.Exchange(ref _part, null);

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (context.Signal == PosixSignal.SIGINT && Interlocked.Exchange(ref _part, null) is { } part)
        {
            context.Cancel = true;
            part.Cancel();
            return;
        }

        bool isFirst = _first.TrySetResult();
        context.Cancel = isFirst || _takesSecond;
        if (isFirst)
            _stop.Cancel();
        else
            _second.TrySetResult();
    }
}
