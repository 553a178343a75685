using System.Runtime;

namespace CascadeLocal.Trainer.Training;

/// <summary>
/// Keeps the garbage collector away from native calls. TorchSharp wraps numbers in objects that a collection during a
/// native call may free while they are in use, so collections happen only where no call is under way: at these points.
/// </summary>
internal sealed class SafePoint : IDisposable
{
    private const long AllowedBytes = 200L << 20;
    private const int Interval = 16;

    private int _passed;

    /// <summary>From here on nothing is collected between safe points.</summary>
    public SafePoint() => GC.TryStartNoGCRegion(AllowedBytes);

    /// <summary>Call between steps: every sixteenth call collects.</summary>
    public void Pass()
    {
        if (++_passed % Interval != 0)
            return;
        Leave();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.TryStartNoGCRegion(AllowedBytes);
    }

    /// <inheritdoc/>
    public void Dispose() => Leave();

    // The runtime ends the region by itself when more was allocated than allowed.
    private static void Leave()
    {
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            GC.EndNoGCRegion();
    }
}
