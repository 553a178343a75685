using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>Puts a long conversation before questions: does a member still answer at the end of its context?</summary>
/// <param name="countTokens">The tokens of some turns, as the member sees them.</param>
/// <param name="seed">Equal seeds give equal conversations.</param>
internal sealed class HistoryPrefix(Func<IEnumerable<ChatTurn>, int> countTokens, int seed)
{
    private const int MaximumTurns = 8;

    private readonly TaskSampler _sampler = new(seed, TaskSplit.Test, MemberProfile.Even);

    /// <summary>
    /// The question behind other questions and their right answers: as many as go into <paramref name="tokens"/> and leave
    /// room for the question and its answer in the context.
    /// </summary>
    public TaskExample Prepend(TaskExample question, int tokens)
    {
        int room = Math.Min(tokens, ModelShape.ContextLength - countTokens(question.Turns));
        List<ChatTurn> history = [.. question.Turns.TakeWhile(turn => turn.Role == ChatTurn.SystemRole)];
        int systemTurns = history.Count;
        while (true)
        {
            ChatTurn[] next = [.. _sampler.NextConversation(MaximumTurns).Where(turn => turn.Role != ChatTurn.SystemRole)];
            if (countTokens([.. history, .. next]) > room)
                return question with { Turns = [.. history, .. question.Turns.Skip(systemTurns)] };
            history.AddRange(next);
        }
    }
}
