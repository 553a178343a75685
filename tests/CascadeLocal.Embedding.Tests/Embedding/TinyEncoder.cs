using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>Writes the folder of a BERT encoder of random weights, small enough for any test.</summary>
internal static class TinyEncoder
{
    public const int Hidden = 8;
    private const int Intermediate = 12;
    private const int Positions = 16;

    private static readonly string[] Vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "blue", "##ish", "É"];

    public static void Write(string folder, string prefix = "", string? settings = null, string? leftOut = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), Vocabulary);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""
            { "model_type": "bert", "hidden_size": {{Hidden}}, "num_hidden_layers": 2, "num_attention_heads": 2,
              "intermediate_size": {{Intermediate}}, "max_position_embeddings": {{Positions}}, "type_vocab_size": 2,
              "vocab_size": {{Vocabulary.Length}} {{settings}} }
            """);
        Random random = new(11);
        NamedTensor[] tensors = [.. Shapes()
            .Select(entry => Tensor(random, prefix + entry.Name, entry.Shape))
            .Where(tensor => tensor.Name != prefix + leftOut)];
        using FileStream file = File.Create(Path.Combine(folder, "model.safetensors"));
        SafetensorsWriter.Write(file, tensors);
    }

    private static NamedTensor Tensor(Random random, string name, int[] shape) =>
        new(name, shape, [.. Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)]);

    private static IEnumerable<(string Name, int[] Shape)> Shapes()
    {
        yield return ("embeddings.word_embeddings.weight", [Vocabulary.Length, Hidden]);
        yield return ("embeddings.position_embeddings.weight", [Positions, Hidden]);
        yield return ("embeddings.token_type_embeddings.weight", [2, Hidden]);
        foreach ((string, int[]) part in Parts("embeddings.LayerNorm", Hidden))
            yield return part;
        for (int layer = 0; layer < 2; layer++)
        {
            string name = $"encoder.layer.{layer}";
            (string, int[])[] parts =
            [
                .. Parts($"{name}.attention.self.query", Hidden, Hidden),
                .. Parts($"{name}.attention.self.key", Hidden, Hidden),
                .. Parts($"{name}.attention.self.value", Hidden, Hidden),
                .. Parts($"{name}.attention.output.dense", Hidden, Hidden),
                .. Parts($"{name}.attention.output.LayerNorm", Hidden),
                .. Parts($"{name}.intermediate.dense", Intermediate, Hidden),
                .. Parts($"{name}.output.dense", Hidden, Intermediate),
                .. Parts($"{name}.output.LayerNorm", Hidden),
            ];
            foreach ((string, int[]) part in parts)
                yield return part;
        }
    }

    private static IEnumerable<(string Name, int[] Shape)> Parts(string name, params int[] weight) =>
        [($"{name}.weight", weight), ($"{name}.bias", [weight[0]])];
}
