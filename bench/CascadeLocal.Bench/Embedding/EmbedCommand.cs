using System.CommandLine;
using System.Globalization;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Routing.Embedding;

using TorchSharp;

namespace CascadeLocal.Bench.Embedding;

/// <summary>The encoder in all its formats, and fixed point at all levels of this CPU, in turns: processor time over float32's.</summary>
internal static class EmbedCommand
{
    /// <summary>The command <c>embed</c>.</summary>
    public static Command Create()
    {
        Command command = new("embed", "Measure the processor time of one text in each of the encoder's formats, over that of float32");
        Option<int[]> pieces = new("--pieces") { Description = "Word pieces of a text", DefaultValueFactory = _ => [9, 22, 64, 256], AllowMultipleArgumentsPerToken = true };
        Option<int> rounds = new("--rounds") { Description = "Rounds in which each format has its turn", DefaultValueFactory = _ => 40 };
        command.Options.Add(pieces);
        command.Options.Add(rounds);
        command.SetAction(result => Measure(result.GetValue(pieces)!, result.GetValue(rounds)));
        return command;
    }

    private static void Measure(int[] lengths, int rounds)
    {
        torch.set_num_threads(1);
        EncoderFolder folder = new(MiniLmCache.Ensure(MiniLmCache.DefaultRoot));
        List<(string Name, IEncoder Encoder)> formats =
        [
            ("float32", new BertEncoder(folder, torch.ScalarType.Float32, torch.CPU)),
            ("bfloat16", new BertEncoder(folder, torch.ScalarType.BFloat16, torch.CPU)),
        ];
        if (FixedPointLibrary.Instance is { } library)
        {
            for (FixedPointLevel level = FixedPointLevel.Avx2; level <= library.BestLevel; level++)
                formats.Add(($"fixed point {level}", new FixedPointEncoder(folder, level)));
        }

        foreach (int length in lengths)
        {
            int[][] text = [[.. Enumerable.Range(2_000, length)]];
            List<double>[] times = [.. formats.Select(_ => new List<double>())];
            for (int round = -2; round < rounds; round++)
            {
                for (int i = 0; i < formats.Count; i++)
                {
                    TimeSpan before = Environment.CpuUsage.TotalTime;
                    formats[i].Encoder.Pool(text);
                    if (round >= 0)
                        times[i].Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
                }
            }

            for (int i = 0; i < formats.Count; i++)
                Report(length, formats[i].Name, times[i], times[0]);
        }

        foreach ((_, IEncoder encoder) in formats)
            encoder.Dispose();
    }

    private static void Report(int pieces, string format, List<double> times, List<double> ofFloat32)
    {
        double ratio = Percentile.Of(times.Zip(ofFloat32, (time, whole) => time / whole), 0.5);
        Figures.Add($"processor time of {pieces} pieces, {format} over float32", ratio);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{pieces,4} pieces, {format,-18}: least {times.Min(),6:0.00} ms, median {Percentile.Of(times, 0.5),6:0.00} ms; of float32 {times.Min() / ofFloat32.Min():0.00} (least), {ratio:0.00} (median)"));
    }
}
