using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tokenizer;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Training;

using TorchSharp;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

[Collection(TrainedQuickModel.Collection)]
public sealed class ExportTests(TrainedQuickModel trained)
{
    [Fact]
    public void Llama_cpp_computes_the_logits_of_the_model_from_the_32_bit_file()
    {
        using LlamaCppModel exported = new(trained.Exact, fullPrecision: true);
        int positions = 0;
        float largest = 0;
        foreach (int[] tokens in Conversations())
        {
            float[][] expected = ModelLogits(tokens);
            float[][] actual = exported.Logits(tokens);
            for (int i = 0; i < tokens.Length; i++, positions++)
                largest = Math.Max(largest, LargestDifference(expected[i], actual[i]));
        }

        Assert.True(largest < 1e-3f, $"largest difference {largest}");
        Assert.True(positions > ModelShape.ContextLength);
        Assert.Contains(Conversations(), tokens => tokens.Length > LlamaModel.QueriesPerBlock);
    }

    [Fact]
    public void The_quantised_file_chooses_nearly_always_the_same_token()
    {
        using LlamaCppModel quantised = new(trained.Quantised);
        int same = 0, all = 0;
        foreach (int[] tokens in Conversations().Take(40))
        {
            float[][] expected = ModelLogits(tokens);
            float[][] actual = quantised.Logits(tokens);
            same += expected.Zip(actual).Count(pair => Best(pair.First) == Best(pair.Second));
            all += tokens.Length;
        }

        Assert.True(same > 0.97 * all, $"{same} of {all}");
    }

    [Fact]
    public void The_files_template_renders_a_conversation_as_it_was_trained_on()
    {
        using LlamaCppModel exported = new(trained.Quantised);
        TaskExample question = TinyTasks.HeldOut(1)[0];
        ChatTurn[] turns = [new("system", "Be brief."), .. question.Turns];
        int[] prompt = exported.Tokenize(exported.Render(turns[..^1]));
        IEnumerable<int> row = new ConversationEncoder(QuickRun.Tokenizer).Encode(turns).Tokens;
        Assert.Equal(row.Take(prompt.Length), prompt);
        Assert.Equal(question.Answer, QuickRun.Tokenizer.Decode(row.Skip(prompt.Length)));
    }

    [Fact]
    public void The_metadata_say_what_the_file_is()
    {
        using LlamaCppModel quantised = new(trained.Quantised);
        Assert.Equal("cascade-quick", quantised.Metadata["general.name"]);
        Assert.Equal("apache-2.0", quantised.Metadata["general.license"]);
        Assert.Equal("1024", quantised.Metadata["llama.context_length"]);
        Assert.Equal(0, float.Parse(quantised.Metadata["general.sampling.temp"]));
        Assert.NotEmpty(quantised.Metadata["general.description"]);
        Assert.Contains("im_start", quantised.Metadata["tokenizer.chat_template"]);
    }

    [Fact]
    public void A_warm_start_from_the_32_bit_file_has_the_same_weights()
    {
        (BytePairTokenizer Tokenizer, float[] Weights) start = WarmStart.Read(trained.Exact, ModelShape.Quick);
        Assert.Equal(trained.Run.Model.CopyWeights(), start.Weights);
        Assert.Equal(trained.Run.Tokenizer.Merges, start.Tokenizer.Merges);
    }

    [Fact]
    public void A_warm_start_from_the_quantised_file_has_nearly_the_same_weights()
    {
        float[] expected = trained.Run.Model.CopyWeights();
        float[] actual = WarmStart.Read(trained.Quantised, ModelShape.Quick).Weights;
        float largest = expected.Max(MathF.Abs);

        // A Q8_0 step is the largest of 32 weights divided by 127.
        Assert.All(expected.Zip(actual), pair => Assert.True(MathF.Abs(pair.First - pair.Second) <= largest / 127));
    }

    [Fact]
    public void A_warm_start_of_a_deeper_shape_computes_the_same()
    {
        ModelShape deeper = ModelShape.Quick with { Layers = ModelShape.Quick.Layers + 2 };
        (BytePairTokenizer Tokenizer, float[] Weights) start = WarmStart.Read(trained.Exact, deeper);
        using LlamaModel model = new(deeper, start.Tokenizer.Tokens.Count, start.Weights);
        foreach (int[] tokens in Conversations().Take(5))
        {
            float[][] expected = Logits(trained.Run.Model, tokens);
            float[][] actual = Logits(model, tokens);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second));
        }
    }

    [Fact]
    public void A_warm_start_with_another_vocabulary_keeps_what_both_have_and_averages_what_is_new()
    {
        int width = ModelShape.Quick.Width;
        BytePairTokenizer old = trained.Run.Tokenizer;
        BytePairTokenizer wider = TokenizerLearner.Learn([" zebra zebra", " zebra"]);
        float[] before = WarmStart.Read(trained.Exact, ModelShape.Quick).Weights;
        float[] after = WarmStart.Read(trained.Exact, ModelShape.Quick, wider).Weights;

        Assert.Equal(before[(old.Tokens.Count * width)..], after[(wider.Tokens.Count * width)..]);
        for (int token = 0; token < wider.Tokens.Count; token++)
        {
            List<int> parts = [];
            if (token < SpecialTokens.FirstByte + 256)
                parts.Add(token);
            else
                old.Encode(wider.Decode([token]), parts);
            for (int i = 0; i < width; i++)
                Assert.Equal(parts.Average(part => before[part * width + i]), after[token * width + i], 1e-5f);
        }
    }

    [Fact]
    public void A_warm_start_of_less_than_half_the_depth_is_refused()
    {
        ModelShape deeper = ModelShape.Quick with { Layers = 2 * ModelShape.Quick.Layers + 1 };
        FormatException error = Assert.Throws<FormatException>(() => WarmStart.Read(trained.Exact, deeper));
        Assert.Contains("llama.block_count is 3, from 4 to 7 can be used", error.Message);
    }

    [Fact]
    public void A_warm_start_of_another_shape_is_refused_with_the_key_named()
    {
        FormatException error = Assert.Throws<FormatException>(() => WarmStart.Read(trained.Exact, ModelShape.Nano));
        Assert.Contains("llama.embedding_length is 64 instead of 128", error.Message);
    }

    private static IEnumerable<int[]> Conversations()
    {
        ConversationEncoder encoder = new(QuickRun.Tokenizer);
        TinyTasks source = new(seed: 7, heldOut: true);
        IEnumerable<IReadOnlyList<ChatTurn>> turns = Enumerable.Range(0, 40).Select(_ => source.Next().Turns);
        return turns.Append(source.NextConversation(66)).Select(t => encoder.Encode(t).Tokens.ToArray());
    }

    private float[][] ModelLogits(int[] tokens) => Logits(trained.Run.Model, tokens);

    private static float[][] Logits(LlamaModel model, int[] tokens)
    {
        using SafePoint safePoint = new();
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = model.Logits(
            torch.tensor(tokens.Select(t => (long)t).ToArray(), 1, tokens.Length),
            torch.arange(tokens.Length, torch.ScalarType.Int64),
            torch.ScalarType.Float32);
        return [.. logits.data<float>().ToArray().Chunk((int)logits.shape[1])];
    }

    private static float LargestDifference(float[] first, float[] second) =>
        first.Zip(second).Max(pair => MathF.Abs(pair.First - pair.Second));

    private static int Best(float[] logits) => Array.IndexOf(logits, logits.Max());
}
