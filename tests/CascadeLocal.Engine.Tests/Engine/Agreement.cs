using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>
/// Holds answers of the engine against the plain loop, position by position and teacher-forced. A difference counts as
/// none only where the model's two best logits were closer than llama.cpp's own rounding between batch shapes.
/// </summary>
/// <param name="plain">The plain loop.</param>
/// <param name="rounding">How much rounding moves a margin, in nats.</param>
/// <param name="jumps">
/// Of how many positions one may move more than that. Where rounding sends a token to another expert, the logits jump; a cell that is
/// wrong would change most of what follows it.
/// </param>
internal sealed class Agreement(PlainLoop plain, float rounding, int jumps = 0)
{
    private int _positions;
    private int _ties;
    private int _jumps;
    private float _widest;

    public void Check(int[] prompt, Answer answer)
    {
        // A request may be cancelled before its first token.
        if (answer.Tokens.Count == 0)
            return;
        int[] text = [.. prompt, .. answer.Tokens];
        List<PlainLoop.Position> positions = plain.Replay(text, answer.Tokens.Count);
        for (int i = 0; i < answer.Tokens.Count; i++)
        {
            _positions++;
            PlainLoop.Position position = positions[i];
            if (position.Best == answer.Tokens[i])
                continue;
            _jumps += position.Behind > rounding ? 1 : 0;
            Assert.True(
                position.Behind <= rounding || jumps > 0,
                $"token {i} is {answer.Tokens[i]}; the model alone says {position.Best}, {position.Behind} ahead of it; rounding is {rounding}");
            _ties++;
            _widest = Math.Max(_widest, position.Behind);
        }
    }

    public void Report(string what)
    {
        TestContext.Current.SendDiagnosticMessage(
            "{0}: {1} positions; {2} differ, by at most {3}; the rounding is {4}", what, _positions, _ties, _widest, rounding);
        Assert.True(_jumps * jumps <= _positions, $"{_jumps} of {_positions} positions jump");
    }
}
