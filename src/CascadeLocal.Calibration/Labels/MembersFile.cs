using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Labels;

/// <summary>members.json of a labels folder: which models gave the labels, and how these were graded.</summary>
/// <param name="Members">The members, in file order; one at least.</param>
/// <param name="GradedBy"><c>agreement</c> where right is what the strongest member says; null where answers were known.</param>
internal sealed record MembersFile(IReadOnlyList<LabelMember> Members, string? GradedBy)
{
    private const string Name = "members.json";

    /// <summary>Reads the file; null where the folder has no such file, or the labels are no folder.</summary>
    /// <exception cref="DataFileException">The file is wrong.</exception>
    public static MembersFile? TryRead(string labels)
    {
        string file = Path.Combine(labels, Name);
        if (!File.Exists(file))
            return null;
        JsonField root = JsonFile.Read(file);
        JsonField members = root.Get("members");
        List<LabelMember> read = [];
        foreach (JsonField member in members.Items())
        {
            JsonField name = member.Get("name");
            if (read.Exists(known => known.Name == name.Text()))
                throw name.Error($"'{name.Text()}' is given twice");
            long? parameters = (long?)member.Find("parameters")?.Number(0, 1e15);
            read.Add(new(name.Text(), member.Find("fingerprint")?.Text(), parameters));
        }

        return read.Count > 0 ? new(read, root.Find("graded_by")?.Text()) : throw members.Error("holds no member");
    }
}
