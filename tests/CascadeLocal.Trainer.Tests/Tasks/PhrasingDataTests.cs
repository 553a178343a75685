using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

using CascadeLocal.Tests.Common;
using CascadeLocal.Trainer.Tasks;

using Xunit;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>The phrasings of many writers in models/phrasings: whole, different from each other, and those of test D apart.</summary>
public sealed partial class PhrasingDataTests
{
    private const int FirstWriterOfTestD = 11;
    private const int LastWriterOfTestD = 12;
    private const int PlainWriter = 31;

    private static readonly string[] Messages = ["hello", "thanks", "who-are-you", "help", "unknown"];

    public static TheoryData<string> Names =>
        [.. TaskDraws.Families.Select(family => family.Name).Concat(Messages)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_phrasing_keeps_its_slots_and_none_of_test_D_equals_another(string name)
    {
        string[] slots = SlotsOf(name);
        HashSet<string> training = [], testD = [], writers = [];
        foreach ((int writer, string phrasing) in Read(name))
        {
            Assert.Equal(slots, Slot().Matches(phrasing).Select(match => match.Value).Order(StringComparer.Ordinal));
            Assert.DoesNotContain(phrasing, char.IsControl);
            bool isTestD = writer is >= FirstWriterOfTestD and <= LastWriterOfTestD;
            // The plainest wordings are those that others write too.
            Assert.True((isTestD ? testD : training).Add(Normalize(phrasing)) || writer == PlainWriter, phrasing);
            writers.Add(writer.ToString(CultureInfo.InvariantCulture));
        }

        Assert.Empty(testD.Intersect(training));
        Assert.True(writers.Count >= 12, $"{writers.Count} writers");
        Assert.True(training.Count + testD.Count >= (slots.Length > 0 || name == "unknown" ? 150 : 90), $"{training.Count + testD.Count} phrasings");
        Assert.True(testD.Count >= 15, $"{testD.Count} in test D");
    }

    [Fact]
    public void There_is_a_file_for_every_family_and_no_other() => Assert.Equal(
        Names.Select(row => row.Data).Order(StringComparer.Ordinal),
        Directory.GetFiles(Folder, "*.tsv").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    private static string Folder => Path.Combine(RepositoryPaths.Root, "models", "phrasings");

    private static IEnumerable<(int Writer, string Phrasing)> Read(string name) =>
        from line in File.ReadLines(Path.Combine(Folder, $"{name}.tsv"))
        let tab = line.IndexOf('\t', StringComparison.Ordinal)
        select (int.Parse(line.AsSpan(0, tab), CultureInfo.InvariantCulture), line[(tab + 1)..]);

    /// <summary>Those that all phrasings of the family have.</summary>
    private static string[] SlotsOf(string name)
    {
        if (Messages.Contains(name))
            return [];
        Phrasings own = TaskDraws.Family(name).Phrasings;
        return
        [
            .. own.In(PhrasingPool.Seen).SelectMany(phrasing => Slot().Matches(phrasing).Select(match => match.Value))
                .Distinct().Order(StringComparer.Ordinal),
        ];
    }

    private static string Normalize(string phrasing)
    {
        string plain = NotOfWords().Replace(phrasing.Normalize(NormalizationForm.FormKC).ToLowerInvariant(), " ").Trim();
        return plain.Length > 0 ? plain : phrasing;
    }

    [GeneratedRegex(@"\{[0-9]\}")]
    private static partial Regex Slot();

    [GeneratedRegex("[^a-z0-9{}]+")]
    private static partial Regex NotOfWords();
}
