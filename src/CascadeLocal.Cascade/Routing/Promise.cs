namespace CascadeLocal.Cascade.Routing;

/// <summary>The words for what is promised of an answer.</summary>
public static class Promise
{
    /// <summary>Nothing.</summary>
    public const string None = "none";

    /// <summary>The share that is kept, with the policy's confidence.</summary>
    public const string Confidence = "confidence";

    /// <summary>The share that is kept, in expectation.</summary>
    public const string Mean = "mean";
}
