using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Training;

/// <summary>Training questions of the whole catalogue, in the mix of one member.</summary>
internal sealed class CatalogueTasks : ITaskSource
{
    private readonly TaskSampler _sampler;

    private CatalogueTasks(ulong seed, MemberProfile profile) =>
        _sampler = new((int)(seed & int.MaxValue), TaskSplit.LmTrain, profile);

    /// <summary>Makes the sources of a member.</summary>
    public static TaskSourceFactory For(ModelShape shape)
    {
        MemberProfile profile = shape.Width switch
        {
            <= 128 => MemberProfile.Nano,
            <= 256 => MemberProfile.Small,
            _ => MemberProfile.Base,
        };
        return seed => new CatalogueTasks(seed, profile);
    }

    /// <inheritdoc/>
    public TaskExample Next() => _sampler.Next();

    /// <inheritdoc/>
    public TaskExample NextDrilled() => _sampler.NextDrilled();

    /// <inheritdoc/>
    public IReadOnlyList<ChatTurn> NextConversation(int maxTurns) => _sampler.NextConversation(maxTurns);
}
