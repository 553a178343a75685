using System.Globalization;
using System.Text.RegularExpressions;

namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// A model in several files, as llama-gguf-split writes it: the first one has the metadata, each has some of the tensors,
/// and their names end in <c>-00001-of-00003.gguf</c>. llama.cpp is given the first and finds the others by that rule.
/// </summary>
public static partial class SplitModel
{
    private const string CountKey = "split.count";
    private const string NumberKey = "split.no";
    private const string TensorsKey = "split.tensors.count";

    // As many as are named where files are missing.
    private const int MostNamed = 8;

    /// <summary>The name of a model's first file without the part's number; null where it is no part's name.</summary>
    public static string? BaseName(string path) => PartName().Match(path) is { Success: true } name ? name.Groups["base"].Value : null;

    /// <summary>The files that belong to <paramref name="path"/> by its name: itself, and if it is a first part, all others.</summary>
    public static IReadOnlyList<string> FilesByName(string path) =>
        PartName().Match(path) is { Success: true } name && Number(name, "number") == 1
            ? [.. Enumerable.Range(1, Math.Max(1, Number(name, "count"))).Select(number => PartPath(name, number))]
            : [path];

    /// <summary>Opens the other files of the model whose first file is <paramref name="first"/>; none if it has no others.</summary>
    /// <exception cref="ModelLoadException">This is not the first file, one is missing, or one does not belong to it.</exception>
    internal static IReadOnlyList<GgufContainer> OpenOthers(GgufContainer first)
    {
        // llama.cpp takes these keys in these types alone, and ends the process over another one in a later part.
        int count = first.GetCount(CountKey, GgufValueType.UInt16) ?? 1;
        if (count <= 1)
            return [];

        Match name = PartName().Match(first.Path);
        int number = (first.GetCount(NumberKey, GgufValueType.UInt16) ?? 0) + 1;
        string start = name.Success ? System.IO.Path.GetFileName(PartPath(name, 1)) : $"the one whose name ends in {Ending(1, count)}";
        if (number != 1)
            throw first.Failure(NumberKey, $"this is part {number:N0} of {count:N0}: a model in parts is opened by its first, {start}");
        if (!name.Success || Number(name, "number") != 1 || Number(name, "count") != count)
            throw first.Failure(CountKey, $"this is the first of {count:N0} parts, but its name does not end in {Ending(1, count)}, by which the others are found");

        string[] paths = [.. Enumerable.Range(2, count - 1).Select(part => PartPath(name, part))];
        RequireAll(first, paths);
        GgufContainer[] others = [.. paths.Select((path, i) => OpenPart(path, i + 1, count))];
        CheckTensors(first, others);
        return others;
    }

    private static void RequireAll(GgufContainer first, string[] paths)
    {
        string[] missing = [.. paths.Where(path => !System.IO.Path.Exists(path)).Select(path => System.IO.Path.GetFileName(path))];
        if (missing.Length == 0)
            return;
        string rest = missing.Length > MostNamed ? $" and {missing.Length - MostNamed:N0} more" : "";
        throw first.Failure(
            "parts", $"of {paths.Length + 1:N0} parts {missing.Length:N0} are missing beside it: {string.Join(", ", missing.Take(MostNamed))}{rest}");
    }

    private static GgufContainer OpenPart(string path, int index, int count)
    {
        GgufContainer part = GgufContainer.Open(path);
        int found = part.GetCount(NumberKey, GgufValueType.UInt16) ?? throw part.Failure(NumberKey, "is missing: this is no part of a model");
        if (found != index)
            throw part.Failure(NumberKey, $"this is part {found + 1:N0}, but by its name it is part {index + 1:N0}");
        if (part.GetCount(CountKey, GgufValueType.UInt16) is int other && other != count)
            throw part.Failure(CountKey, $"is {other:N0}, but the first part's is {count:N0}");
        return part;
    }

    private static void CheckTensors(GgufContainer first, GgufContainer[] others)
    {
        HashSet<string> names = [.. first.Tensors.Select(tensor => tensor.Name)];
        foreach (GgufContainer part in others)
        {
            if (part.Tensors.FirstOrDefault(tensor => !names.Add(tensor.Name)) is { } twice)
                throw part.Failure(twice.Name, "the tensor is in an earlier part too");
        }

        int expected = first.GetCount(TensorsKey, GgufValueType.Int32) ?? throw first.Failure(TensorsKey, "is missing");
        if (names.Count != expected)
            throw first.Failure(TensorsKey, $"is {expected:N0}, but the parts have {names.Count:N0} tensors together");
    }

    private static int Number(Match name, string group) => int.Parse(name.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    private static string PartPath(Match name, int number) => name.Groups["base"].Value + Ending(number, Number(name, "count"));

    private static string Ending(int number, int count) => string.Create(CultureInfo.InvariantCulture, $"-{number:00000}-of-{count:00000}.gguf");

    [GeneratedRegex(@"^(?<base>.+)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf\z", RegexOptions.Singleline)]
    private static partial Regex PartName();
}
