using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;

namespace CascadeLocal.Trainer.Tasks;

/// <summary>The phrasings of many writers in <c>models/phrasings</c>, which the program carries: one file a family.</summary>
internal sealed class WrittenPhrasings
{
    private const string ResourcePrefix = "phrasings.";

    private static readonly ConcurrentDictionary<string, WrittenPhrasings> Files = [];

    // The writer of the plainest wordings, and how often one of these is drawn: most people use them, and among hundreds they would be rare.
    private const int PlainWriter = 31;
    private const double PlainShare = 0.2;

    private readonly HashSet<string> _bare;
    private readonly List<string> _plain = [];

    private WrittenPhrasings(string name)
    {
        using Stream file = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{ResourcePrefix}{name}.tsv")
            ?? throw new InvalidOperationException($"{name}: nobody wrote phrasings for it.");
        using StreamReader reader = new(file);
        List<string> training = [], testD = [];
        while (reader.ReadLine() is { } line)
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            int writer = int.Parse(line.AsSpan(0, tab), CultureInfo.InvariantCulture);
            (IsOfTestD(writer) ? testD : training).Add(line[(tab + 1)..]);
            if (writer == PlainWriter)
                _plain.Add(line[(tab + 1)..]);
        }
        Training = training;
        TestD = testD;
        _bare = [.. training.Concat(testD).Select(TypingStyle.BareOf)];
    }

    /// <summary>What may enter training and the query files.</summary>
    public IReadOnlyList<string> Training { get; }

    /// <summary>What only test D asks.</summary>
    public IReadOnlyList<string> TestD { get; }

    /// <summary>Draws one of <see cref="Training"/>, every fifth of the plainest where there are such.</summary>
    public string DrawOfTraining(Random random) => random.Pick(_plain.Count > 0 && random.NextDouble() < PlainShare ? _plain : Training);

    /// <summary>Whether training never sees what a writer wrote.</summary>
    public static bool IsOfTestD(int writer) => writer is 11 or 12;

    /// <summary>Whether somebody wrote a phrasing, be it in capitals or with another mark at its end.</summary>
    public bool Has(string phrasing) => _bare.Contains(TypingStyle.BareOf(phrasing));

    /// <summary>The phrasings of the file <paramref name="name"/>.tsv.</summary>
    public static WrittenPhrasings Of(string name) => Files.GetOrAdd(name, static key => new WrittenPhrasings(key));
}
