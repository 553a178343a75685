namespace CascadeLocal.Routing.Judging.Joint;

/// <summary>What is chosen together.</summary>
public enum JointMode
{
    /// <summary>A model per cluster; no answer is judged.</summary>
    StageOne,

    /// <summary>A model per cluster as if no answer were judged, then what is done with its answers.</summary>
    StageOneThenTwo,

    /// <summary>Model and judgement of every cluster at once.</summary>
    Joint,
}
