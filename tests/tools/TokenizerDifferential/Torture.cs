using System.Diagnostics;
using System.Text;

using CascadeLocal.Tokenizers;
using CascadeLocal.Tokenizers.Tests.Published;

namespace CascadeLocal.TokenizerDifferential;

/// <summary>Times long texts of one kind of character, of two that alternate, and mixed ones.</summary>
internal static class Torture
{
    /// <summary>What the runs are made of.</summary>
    public static IReadOnlyList<string> Units { get; } =
    [
        "a", "Z", "é", "0", "½", " ", "\n", "\t", "\r\n", "\u3000", ".", "~", "中", "あ", "한", "ก", "ا", "\u0301", "👍", "👨‍👩‍👧", "\uE000", "\0", "'s",
        "aZ", "éZ", "a ", " \n", "0.", "0 ", "Z'", "中a", "e\u0301", "<|", "ACGT", "a\n\n", "\n\t", "<a", "a   ", "▁",
    ];

    public static void Run(string packages, double megabytes, string[] kinds)
    {
        Console.WriteLine($"| kind | slowest of {Units.Count} runs of {megabytes} MB, s | its text | mixed, s | mixed on one line, s | GB allocated, at most | cancelled after, ms, at most |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (Case item in Case.All(packages, kinds))
        {
            Tokenizer tokenizer = Tokenizer.Create(item.Vocabulary);
            tokenizer.Tokenize(Mixed(0.3), []);
            tokenizer.Tokenize(Repeat("a", 0.1), []);
            (TimeSpan Time, string Unit) slowest = default;
            long memory = 0;
            TimeSpan cancel = default;
            foreach (string unit in Units)
            {
                GC.Collect();
                string text = Repeat(unit, megabytes);
                (TimeSpan time, long bytes) = Time(tokenizer, text);
                memory = Math.Max(memory, bytes);
                if (time > slowest.Time)
                    slowest = (time, unit);
                TimeSpan late = Cancelled(tokenizer, text);
                cancel = late > cancel ? late : cancel;
            }

            string mixed = Mixed(megabytes);
            TimeSpan lines = Time(tokenizer, mixed).Time;
            TimeSpan line = Time(tokenizer, mixed.Replace('\n', ' ').Replace('\r', ' ')).Time;
            Console.WriteLine($"| {item.Name} | {slowest.Time.TotalSeconds:F2} | {System.Text.Json.JsonSerializer.Serialize(slowest.Unit)} | {lines.TotalSeconds:F2} | {line.TotalSeconds:F2} | {memory / 1e9:F2} | {cancel.TotalMilliseconds:F0} |");
        }
    }

    /// <summary>Processor time, as other programs run on the machine, and bytes allocated.</summary>
    public static (TimeSpan Time, long Bytes) Time(Tokenizer tokenizer, string text)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan start = Environment.CpuUsage.TotalTime;
        tokenizer.Tokenize(text, []);
        return (Environment.CpuUsage.TotalTime - start, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>How long it goes on after it was cancelled.</summary>
    private static TimeSpan Cancelled(Tokenizer tokenizer, string text)
    {
        using CancellationTokenSource source = new();
        long cancelled = 0;
        using Timer timer = new(_ =>
        {
            Volatile.Write(ref cancelled, Stopwatch.GetTimestamp());
            source.Cancel();
        }, null, 50, Timeout.Infinite);
        try
        {
            tokenizer.Tokenize(text, [], int.MaxValue, source.Token);
            return default;
        }
        catch (OperationCanceledException)
        {
            return Stopwatch.GetElapsedTime(Volatile.Read(ref cancelled));
        }
    }

    private static string Repeat(string unit, double megabytes)
    {
        int count = (int)(megabytes * 1e6 / Encoding.UTF8.GetByteCount(unit));
        return string.Concat(Enumerable.Repeat(unit, count));
    }

    private static string Mixed(double megabytes)
    {
        MixedTexts texts = new(7);
        StringBuilder text = new();
        for (int bytes = 0; bytes < megabytes * 1e6;)
        {
            string next = texts.Next();
            text.Append(next);
            bytes += Encoding.UTF8.GetByteCount(next);
        }

        return text.ToString();
    }
}
