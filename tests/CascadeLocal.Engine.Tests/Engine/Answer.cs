using System.Text;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>A generation that has ended.</summary>
internal sealed record Answer(string Text, IReadOnlyList<int> Tokens, GenerationResult Result)
{
    /// <summary>Reads it to its end, which has to be the only one; throws where it failed.</summary>
    public static async Task<Answer> ReadAsync(IAnswer answer)
    {
        StringBuilder text = new();
        List<int> tokens = [];
        List<AnswerEvent> ends = [];
        await foreach (AnswerEvent next in answer.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (!next.IsToken)
            {
                ends.Add(next);
                continue;
            }

            Assert.Empty(ends);
            text.Append(answer.TextOf(next));
            tokens.Add(next.Token);
        }

        AnswerEvent end = Assert.Single(ends);
        if (end.Failure is { } failure)
            throw failure;
        Assert.Equal(text.ToString(), answer.Text);
        Assert.Equal(tokens.Count, end.Result!.OutputTokens);
        return new Answer(text.ToString(), tokens, end.Result);
    }
}
