using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Training;

/// <summary>Draws questions to train on, without end.</summary>
internal interface ITaskSource
{
    /// <summary>One question with its answer.</summary>
    TaskExample Next();

    /// <summary>One short question with its answer, of those that many are asked of at once.</summary>
    TaskExample NextDrilled();

    /// <summary>A conversation of several questions, with at most <paramref name="maxTurns"/> turns.</summary>
    IReadOnlyList<ChatTurn> NextConversation(int maxTurns);
}
