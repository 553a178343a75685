using System.Text;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>A generation that has ended.</summary>
internal sealed record Answer(string Text, IReadOnlyList<int> Tokens, GenerationResult Result)
{
    public static async Task<Answer> ReadAsync(Generation generation)
    {
        StringBuilder text = new();
        List<int> tokens = [];
        await foreach (GenerationChunk chunk in generation.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            text.Append(chunk.Text);
            tokens.Add(chunk.Token);
        }

        return new Answer(text.ToString(), tokens, generation.Result);
    }
}
