using CascadeLocal.Engine;

namespace CascadeLocal.Bench.Models;

/// <summary>A prompt that no other begins like.</summary>
internal static class RandomPrompt
{
    /// <summary>Draws <paramref name="length"/> tokens of a model's vocabulary.</summary>
    public static int[] Create(Random random, int length, ModelInfo model)
    {
        int[] prompt = new int[length];
        for (int i = 0; i < prompt.Length; i++)
            prompt[i] = random.Next(model.VocabularySize);
        return prompt;
    }
}
