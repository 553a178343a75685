using System.CommandLine;

using CascadeLocal.Cli.Commands;
using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Shapes;
using CascadeLocal.Trainer.Tokenizer;

using LLama.Native;

namespace CascadeLocal.Trainer.Commands;

/// <summary><c>shape</c>: writes a model of a published one's sizes with random weights.</summary>
internal static class ShapeCommand
{
    // The types that the quantizer of LLamaSharp takes, by the names of published files; F32 is what is written first.
    private static readonly Dictionary<string, LLamaFtype?> Types = new(StringComparer.Ordinal)
    {
        ["F32"] = null,
        ["F16"] = LLamaFtype.MOSTLY_F16,
        ["Q8_0"] = LLamaFtype.MOSTLY_Q8_0,
        ["Q6_K"] = LLamaFtype.MOSTLY_Q6_K,
        ["Q4_K_M"] = LLamaFtype.MOSTLY_Q4_K_M,
        ["Q4_0"] = LLamaFtype.MOSTLY_Q4_0,
    };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> name = new Argument<string>("architecture") { Description = "Whose shape." }
            .AcceptOnlyFromAmong([.. PublishedShapes.All.Select(shape => shape.Architecture)]);
        Option<FileInfo> output = new("--out") { Description = "The file.", Required = true };
        Option<bool> small = new("--small") { Description = "Heads and states as wide as they are, but few of all that can be fewer." };
        Option<int?> layers = new Option<int?>("--layers") { Description = "Layers; as many as the model has if not given." }.From(1);
        Option<int?> vocabulary = new Option<int?>("--vocabulary") { Description = "Tokens; as many as the model has if not given." }.From(1);
        Option<string> type = new Option<string>("--type") { Description = "How the weights are stored.", DefaultValueFactory = _ => "F32" }
            .AcceptOnlyFromAmong([.. Types.Keys]);
        Option<FileInfo> template = new Option<FileInfo>("--template") { Description = "The maker's chat template (Jinja); ChatML if not given." }
            .AcceptExistingOnly();
        Option<ulong> seed = new("--seed") { Description = "Of the weights.", DefaultValueFactory = _ => 1 };
        Command command = new("shape", "Writes a model with the sizes of a published one and random weights.")
        {
            name, output, small, layers, vocabulary, type, template, seed,
        };
        command.SetAction(parsed =>
        {
            Shape shape = PublishedShapes.Of(parsed.GetRequiredValue(name));
            shape = parsed.GetValue(small) ? shape.Small() : shape;
            shape = shape with
            {
                Layers = parsed.GetValue(layers) ?? shape.Layers,
                Vocabulary = parsed.GetValue(vocabulary) ?? shape.Vocabulary,
            };
            string jinja = parsed.GetValue(template) is { } file ? File.ReadAllText(file.FullName) : ChatTemplate.Jinja;
            Write(parsed.GetRequiredValue(output).FullName, shape, Types[parsed.GetRequiredValue(type)], jinja, parsed.GetValue(seed));
            return 0;
        });
        return command;
    }

    private static void Write(string path, Shape shape, LLamaFtype? type, string template, ulong seed)
    {
        BytePairTokenizer tokenizer = TokenizerFile.Read(Path.Combine(RepositoryFolder.DefaultTier(), TokenizerFile.Name));
        ShapeVocabulary vocabulary = new(shape.Control, tokenizer, shape.Vocabulary);
        string written = type is null ? path : path + ".f32";
        try
        {
            ShapeFile.Write(written, shape, vocabulary, template, seed);
            if (type is { } stored)
                ModelExporter.Quantize(written, path, stored);
        }
        finally
        {
            if (type is not null)
                File.Delete(written);
        }

        long parameters = ShapeFile.Tensors(shape).Sum(tensor => tensor.Dimensions.Aggregate(1L, (product, size) => product * size));
        Console.Out.WriteLine($"{path}: {shape.Architecture} of {shape.Model}, {shape.Layers} layers, {parameters:N0} parameters");
    }
}
