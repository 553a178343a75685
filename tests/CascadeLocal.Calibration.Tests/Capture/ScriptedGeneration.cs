using System.Runtime.CompilerServices;

using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Calibration.Tests.Capture;

/// <summary>A text, a character at a time.</summary>
internal sealed class ScriptedGeneration(ScriptedBackend backend, int promptTokens, string text, bool isCut) : IMemberGeneration
{
    public GenerationResult Result => new()
    {
        FinishReason = isCut ? FinishReason.Length : FinishReason.Stop,
        PromptTokens = promptTokens,
        CachedTokens = 0,
        OutputTokens = text.Length,
        TimeToFirstToken = TimeSpan.FromMilliseconds(10),
        EndToEnd = TimeSpan.FromMilliseconds(10 + 2 * (text.Length - 1)),
    };

    public async IAsyncEnumerable<GenerationChunk> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        backend.Enter();
        try
        {
            foreach (char c in text)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return new GenerationChunk(c.ToString(), c, new TokenSignals(-1f / 3, 0.000012345f, float.PositiveInfinity));
            }
        }
        finally
        {
            backend.Leave();
        }
    }

    public void Dispose()
    {
    }
}
