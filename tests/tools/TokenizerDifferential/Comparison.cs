using System.Text;
using System.Text.Json;

using CascadeLocal.Tokenizers;
using CascadeLocal.Tokenizers.Tests.Published;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.TokenizerDifferential;

/// <summary>Compares the ids of random texts with llama.cpp's.</summary>
internal static class Comparison
{
    // llama.cpp compiles its expressions anew for every call, so one call has several texts, one after the other.
    private const int Joined = 10;
    private const int Batch = 50;
    private const int LongestMixture = 100_000;
    private const int LongestCompared = 4_000;
    private const double MostSecondsPerMegabyte = 1;
    private const double Slack = 0.1;

    /// <summary>Compares so many texts of each kind; returns whether all ids were equal.</summary>
    public static bool OfShortTexts(string packages, int count, string[] kinds) =>
        ForEach(packages, kinds, "| kind | texts, ten a call | tokens | differ | native ended |\n|---|---|---|---|---|", (item, native) =>
        {
            Tally tally = new(item);
            MixedTexts texts = new(count);
            string[] more = [.. item.Vocabulary.Tokens.Where((_, id) => id % 97 == 0 || IsUserDefined(item.Vocabulary, id)).Select(Encoding.UTF8.GetString)];
            for (int done = 0; done < count; done += Batch * Joined)
                tally.Compare([.. Enumerable.Range(0, Batch).Select(_ => string.Concat(Enumerable.Range(0, Joined).Select(_ => texts.Next(more: more))))], native);
            Console.WriteLine($"| {item.Name} | {count:N0} | {tally.Tokens:N0} | {tally.Differ:N0} | {tally.Ended:N0} |");
            return tally.Differ == 0;
        });

    /// <summary>
    /// Mixtures of runs of all classes of characters, of up to 100,000 characters: those that are short enough for llama.cpp are
    /// compared, all are timed.
    /// </summary>
    public static bool OfMixtures(string packages, int count, string[] kinds) =>
        ForEach(packages, kinds, "| kind | mixtures | MB | s per MB | of one, at most | compared | differ | native ended |\n|---|---|---|---|---|---|---|---|", (item, native) =>
        {
            Tally tally = new(item);
            Random random = new(count);
            Tokenizer tokenizer = Tokenizer.Create(item.Vocabulary);
            for (int i = 0; i < 20; i++)
                Torture.Time(tokenizer, Mixture(random, LongestMixture));
            (double bytes, double seconds, double slowest) = (0, 0, 0);
            bool isInTime = true;
            List<string> batch = [];
            for (int i = 0; i < count; i++)
            {
                string text = Mixture(random, (int)(100 * Math.Pow(LongestMixture / 100, random.NextDouble())));
                double megabytes = Encoding.UTF8.GetByteCount(text) / 1e6;
                // The better of two: the processor's time is that of the whole process, with what the runtime does in it.
                double time = Math.Min(Torture.Time(tokenizer, text).Time.TotalSeconds, Torture.Time(tokenizer, text).Time.TotalSeconds);
                bytes += megabytes;
                seconds += time;
                isInTime &= time <= Slack + (megabytes * MostSecondsPerMegabyte);
                if (text.Length > LongestMixture / 4)
                    slowest = Math.Max(slowest, time / megabytes);
                if (text.Length <= LongestCompared)
                    batch.Add(text);
                if (batch.Count < Batch && i < count - 1)
                    continue;
                tally.Compare(batch, native);
                batch.Clear();
            }

            Console.WriteLine($"| {item.Name} | {count:N0} | {bytes:F1} | {seconds / bytes:F2} | {slowest:F2}{(isInTime ? "" : ", too slow")} | {tally.Texts:N0} | {tally.Differ:N0} | {tally.Ended:N0} |");
            return tally.Differ == 0 && isInTime;
        });

    private static bool ForEach(string packages, string[] kinds, string head, Func<Case, NativeTokenizer, bool> compare)
    {
        bool areEqual = true;
        Console.WriteLine(head);
        string file = Path.Combine(Path.GetTempPath(), $"vocabulary-{Environment.ProcessId}.gguf");
        foreach (Case item in Case.All(packages, kinds))
        {
            try
            {
                VocabularyFile.Write(file, item.Vocabulary);
                using NativeTokenizer native = new(file);
                areEqual &= compare(item, native);
            }
            catch (Exception error) when (error is InvalidDataException or EndOfStreamException or TokenizerException)
            {
                areEqual = false;
                Console.WriteLine($"| {item.Name} | {error.Message} | | | |");
            }
        }

        File.Delete(file);
        return areEqual;
    }

    private static bool IsUserDefined(TokenizerVocabulary vocabulary, int id) =>
        id < vocabulary.Kinds.Count && vocabulary.Kinds[id] == TokenKind.UserDefined;

    /// <summary>Runs of units, alternating ones and mixed texts, of random lengths.</summary>
    private static string Mixture(Random random, int length)
    {
        StringBuilder text = new();
        MixedTexts mixed = new(random.Next());
        int longestRun = random.Next(1, 1 + (length / 2));
        while (text.Length < length)
        {
            if (random.Next(4) == 0)
            {
                text.Append(mixed.Next());
                continue;
            }

            string unit = Torture.Units[random.Next(Torture.Units.Count)];
            if (random.Next(3) == 0)
                unit += Torture.Units[random.Next(Torture.Units.Count)];
            int repeats = 1 + (int)(longestRun * Math.Pow(random.NextDouble(), 4) / unit.Length);
            text.Insert(text.Length, unit, repeats);
        }

        return text.ToString();
    }

    /// <summary>What came of one kind.</summary>
    private sealed class Tally(Case item)
    {
        private readonly Tokenizer _tokenizer = Tokenizer.Create(item.Vocabulary);

        public int Texts { get; private set; }

        public long Tokens { get; private set; }

        public int Differ { get; private set; }

        public int Ended { get; private set; }

        public void Compare(List<string> texts, NativeTokenizer native)
        {
            int next = 0;
            foreach (int[]? theirs in native.Tokenize(texts))
            {
                string text = texts[next++];
                Texts++;
                if (theirs is null)
                {
                    if (Ended++ < 3)
                        Console.Error.WriteLine($"{item.Name}: llama.cpp ended at {JsonSerializer.Serialize(text)}");
                    continue;
                }

                List<int> ours = [];
                _tokenizer.Tokenize(text, ours);
                Tokens += theirs.Length;
                if (ours.SequenceEqual(theirs) || Differ++ >= 5)
                    continue;
                Console.Error.WriteLine($"{item.Name}: {JsonSerializer.Serialize(text)}");
                Console.Error.WriteLine($"  ours   {string.Join(' ', ours)}");
                Console.Error.WriteLine($"  theirs {string.Join(' ', theirs)}");
            }
        }
    }
}
