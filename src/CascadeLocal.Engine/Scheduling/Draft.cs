using System.Diagnostics;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>
/// How far the draft of a sequence has been verified. Its tokens stand in the sequence's own array, behind the known ones.
/// </summary>
/// <param name="given">Tokens that the request brought.</param>
/// <param name="end">Where in the sequence's array the last token that is worth verifying ends.</param>
internal sealed class Draft(int given, int end)
{
    /// <summary>Tokens of the first chunk. A draft that is wrong at once costs no more than these.</summary>
    public const int FirstChunk = 8;

    private int _end = end;
    private int _chunk = FirstChunk;
    private int _verified;
    private int _reused;
    private TimeSpan _time;
    private long _beganAt;
    private long _endedAt;

    /// <summary>Tokens to verify next, behind the first <paramref name="known"/> of the sequence.</summary>
    public int Wanted(int known) => Math.Max(0, Math.Min(_chunk, _end - known));

    /// <summary>The answer has left it: nothing of it is of use any more.</summary>
    public void Abandon() => _end = 0;

    /// <summary>Records a chunk; one that was right in full makes the next one twice as long.</summary>
    /// <param name="verified">Its tokens.</param>
    /// <param name="reused">Those of them that were right.</param>
    /// <param name="beganAt">When the step that verified it began.</param>
    public void Record(int verified, int reused, long beganAt)
    {
        _endedAt = Stopwatch.GetTimestamp();
        if (_verified == 0)
            _beganAt = beganAt;
        _verified += verified;
        _reused += reused;
        _time += Stopwatch.GetElapsedTime(beganAt, _endedAt);
        if (reused == verified)
            _chunk *= 2;
    }

    /// <summary>What became of it.</summary>
    public DraftVerification Report() => new(given, _verified, _reused, _time) { BeganAt = _beganAt, EndedAt = _endedAt };
}
