namespace CascadeLocal.Calibration.Evaluation.Policies;

/// <summary>The ways to answer that are compared.</summary>
public enum PolicyKind
{
    /// <summary>One member answers everything.</summary>
    Member,

    /// <summary>Each cluster's member, unjudged.</summary>
    StageOne,

    /// <summary>The policy as it serves.</summary>
    Cascade,

    /// <summary>The same, with all answers judged at their end alone.</summary>
    CascadeAtEnd,

    /// <summary>The cheapest judged member answers everything first.</summary>
    AlwaysCascade,

    /// <summary>Lots are drawn between two members, at the policy's cost.</summary>
    Random,

    /// <summary>The most accurate answer to every request, of equally accurate ones the cheapest.</summary>
    Oracle,
}
