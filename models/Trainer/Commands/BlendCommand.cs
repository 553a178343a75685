using System.CommandLine;
using System.Numerics.Tensors;

using CascadeLocal.Cli.Commands;
using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tokenizer;

namespace CascadeLocal.Trainer.Commands;

/// <summary>
/// <c>blend FIRST SECOND</c>: the weights between those of two files, the second trained on from the first. What a training on other questions made
/// worse comes back, and most of what it taught stays (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
/// </summary>
internal static class BlendCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<FileInfo> first = new Argument<FileInfo>("first") { Description = "The file that training began with." }.AcceptExistingOnly();
        Argument<FileInfo> second = new Argument<FileInfo>("second") { Description = "What it made of that." }.AcceptExistingOnly();
        Option<string> member = new Option<string>("--member") { Description = "Whose shape both have.", Required = true }
            .AcceptOnlyFromAmong([.. ModelShape.All.Select(shape => shape.Name)]);
        Option<float> share = new Option<float>("--share") { Description = "How far to go from the first (0) to the second (1).", DefaultValueFactory = _ => 0.5f }
            .Taking("a number from 0 to 1", value => value is >= 0 and <= 1);
        Option<FileInfo> target = new("--out") { Description = "The file to write.", Required = true };
        Command command = new("blend", "Writes the weights between those of two files, one trained on from the other.") { first, second, member, share, target };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(first).FullName,
            parsed.GetRequiredValue(second).FullName,
            ModelShape.All.First(shape => shape.Name == parsed.GetRequiredValue(member)),
            parsed.GetValue(share),
            parsed.GetRequiredValue(target).FullName));
        return command;
    }

    private static int Run(string first, string second, ModelShape shape, float share, string target)
    {
        (BytePairTokenizer tokenizer, float[] from) = WarmStart.Read(first, shape);
        (BytePairTokenizer other, float[] to) = WarmStart.Read(second, shape);
        if (!tokenizer.Tokens.SequenceEqual(other.Tokens))
            throw new FormatException($"{first} and {second} have different vocabularies");
        float[] blended = new float[from.Length];
        TensorPrimitives.Lerp(from, to, share, blended);
        string exact = Path.Combine(Directory.CreateTempSubdirectory("cascade-trainer-").FullName, "f32.gguf");
        try
        {
            ModelExporter.WriteFloat32(exact, shape, tokenizer, blended);
            ModelExporter.Quantize(exact, target);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(exact)!, recursive: true);
        }

        return 0;
    }
}
