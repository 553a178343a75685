namespace CascadeLocal.Bench.Soak;

/// <summary>What the clients of a soak have done so far. Thread-safe.</summary>
internal sealed class SoakCounts
{
    private long _answers;
    private long _tokens;
    private long _givenUp;
    private long _refused;
    private long _waits;
    private long _errors;
    private long _keptResponses;
    private string? _firstError;

    /// <summary>Answers that were read to their end.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>Output tokens of these, by their usage.</summary>
    public long Tokens => Interlocked.Read(ref _tokens);

    /// <summary>Streams that their client left.</summary>
    public long GivenUp => Interlocked.Read(ref _givenUp);

    /// <summary>Wrong requests that were refused, as they have to be.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Answers 429 whose Retry-After was waited for.</summary>
    public long Waits => Interlocked.Read(ref _waits);

    /// <summary>Requests that came to anything else.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>The first of these errors.</summary>
    public string? FirstError => Volatile.Read(ref _firstError);

    /// <summary>Answers of /v1/responses that the server was to keep.</summary>
    public long KeptResponses => Interlocked.Read(ref _keptResponses);

    /// <summary>All requests that have ended.</summary>
    public long Requests => Answers + GivenUp + Refused + Errors;

    public void AddAnswer(int tokens)
    {
        Interlocked.Increment(ref _answers);
        Interlocked.Add(ref _tokens, tokens);
    }

    public void AddGivenUp() => Interlocked.Increment(ref _givenUp);

    public void AddRefused() => Interlocked.Increment(ref _refused);

    public void AddWait() => Interlocked.Increment(ref _waits);

    public void AddKeptResponse() => Interlocked.Increment(ref _keptResponses);

    /// <summary>Counts an error; true if it is the first.</summary>
    public bool AddError(string error)
    {
        Interlocked.Increment(ref _errors);
        return Interlocked.CompareExchange(ref _firstError, error, null) is null;
    }
}
