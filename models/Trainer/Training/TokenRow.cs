namespace CascadeLocal.Trainer.Training;

/// <summary>One encoded conversation.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="IsAnswer">Which tokens the assistant has to produce: only on these there is a loss.</param>
internal sealed record TokenRow(IReadOnlyList<int> Tokens, IReadOnlyList<bool> IsAnswer)
{
    /// <summary>The row up to the first tokens of its last answer; itself where that answer has no more than those.</summary>
    public TokenRow CutLastAnswer(int length)
    {
        int start = IsAnswer.Count;
        while (start > 0 && IsAnswer[start - 1])
            start--;
        int end = start + length;
        return end >= Tokens.Count ? this : new([.. Tokens.Take(end)], [.. IsAnswer.Take(end)]);
    }
}
