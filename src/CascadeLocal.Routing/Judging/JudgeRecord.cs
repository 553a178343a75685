using CascadeLocal.Routing.Judging.Heads;

namespace CascadeLocal.Routing.Judging;

/// <summary>The shape of a <see cref="MemberJudge"/>, for a policy's file.</summary>
/// <param name="HasSignals">Of its layout.</param>
/// <param name="Clusters">Of its layout.</param>
/// <param name="QueryDimensions">Of its layout.</param>
/// <param name="TextFeatures">Of its layout.</param>
/// <param name="Checkpoints">The numbers of tokens at which prefixes are judged.</param>
/// <param name="Own">The heads of its own chance; null where there is none.</param>
/// <param name="Target">The heads of the target's chance; null where there is none.</param>
public sealed record JudgeRecord(
    bool HasSignals,
    int Clusters,
    int QueryDimensions,
    IReadOnlyList<string> TextFeatures,
    IReadOnlyList<int> Checkpoints,
    IReadOnlyList<HeadRecord?> Own,
    IReadOnlyList<HeadRecord?> Target);
