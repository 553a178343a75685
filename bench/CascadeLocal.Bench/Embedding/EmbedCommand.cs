using System.CommandLine;
using System.Globalization;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Routing.Embedding;

using TorchSharp;

namespace CascadeLocal.Bench.Embedding;

/// <summary>
/// The encoder in all its formats, fixed point at all levels of this CPU, and the same model in ONNX Runtime, in turns: processor time over that of
/// float32 and of ONNX Runtime.
/// </summary>
internal static class EmbedCommand
{
    /// <summary>The command <c>embed</c>.</summary>
    public static Command Create()
    {
        Command command = new("embed", "Measure the processor time of one text in each of the encoder's formats, over that of float32 and of ONNX Runtime");
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
            ("ONNX Runtime", new OnnxRuntimeEncoder()),
            ("bfloat16", new BertEncoder(folder, torch.ScalarType.BFloat16, torch.CPU)),
        ];
        if (FixedPointLibrary.Instance is { } library)
        {
            for (FixedPointLevel level = FixedPointLevel.Avx2; level <= library.BestLevel; level++)
                formats.Add(($"fixed point {level}", new FixedPointEncoder(folder, level)));
        }

        int[][] probe = [[.. Enumerable.Range(2_000, 64)]];
        float[] expected = formats[0].Encoder.Pool(probe);
        foreach ((string name, IEncoder encoder) in formats)
        {
            float difference = encoder.Pool(probe).Zip(expected, (value, other) => Math.Abs(value - other)).Max();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-18}: differs from float32 by at most {difference:0.0e0}"));
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
                Report(length, formats[i].Name, times[i], ofFloat32: times[0], ofOnnxRuntime: times[1]);
        }

        foreach ((_, IEncoder encoder) in formats)
            encoder.Dispose();
    }

    private static void Report(int pieces, string format, List<double> times, List<double> ofFloat32, List<double> ofOnnxRuntime)
    {
        double whole = MedianRatio(times, ofFloat32), peer = MedianRatio(times, ofOnnxRuntime);
        Figures.Add($"processor time of {pieces} pieces, {format} over float32", whole);
        Figures.Add($"processor time of {pieces} pieces, {format} over ONNX Runtime", peer);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{pieces,4} pieces, {format,-18}: least {times.Min(),6:0.00} ms, median {Percentile.Of(times, 0.5),6:0.00} ms; of float32 {whole:0.00}, of ONNX Runtime {peer:0.00} (medians)"));
    }

    private static double MedianRatio(List<double> times, List<double> others) =>
        Percentile.Of(times.Zip(others, (time, other) => time / other), 0.5);
}
