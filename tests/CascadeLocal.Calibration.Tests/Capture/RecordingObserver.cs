using System.Collections.Concurrent;

using CascadeLocal.Calibration.Capture;

namespace CascadeLocal.Calibration.Tests.Capture;

/// <summary>Remembers what it was told.</summary>
internal sealed class RecordingObserver(Action? onAnswer = null) : ICaptureObserver
{
    public ConcurrentQueue<(string Member, int Open, int Done)> Starts { get; } = [];

    public ConcurrentQueue<(string Member, string Id, string Reason)> Refusals { get; } = [];

    public void Started(string member, int open, int done) => Starts.Enqueue((member, open, done));

    public void Answered(string member) => onAnswer?.Invoke();

    public void Refused(string member, string id, string reason) => Refusals.Enqueue((member, id, reason));
}
