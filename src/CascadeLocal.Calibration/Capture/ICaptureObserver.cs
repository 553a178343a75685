namespace CascadeLocal.Calibration.Capture;

/// <summary>Watches a capture. Called from many threads, for one member at a time.</summary>
public interface ICaptureObserver
{
    /// <summary>A member begins.</summary>
    /// <param name="member">Its name.</param>
    /// <param name="open">Answers to be made.</param>
    /// <param name="done">Answers that an earlier capture made.</param>
    void Started(string member, int open, int done);

    /// <summary>An answer was written.</summary>
    void Answered(string member);

    /// <summary>A member has no label for a question.</summary>
    void Refused(string member, string id, string reason);
}
