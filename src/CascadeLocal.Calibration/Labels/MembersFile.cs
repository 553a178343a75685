using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Labels;

/// <summary>members.json of a labels folder: which models gave the labels.</summary>
internal static class MembersFile
{
    private const string Name = "members.json";

    /// <summary>The members, in file order; null where the folder has no such file, or the labels are no folder.</summary>
    /// <exception cref="DataFileException">The file is wrong.</exception>
    public static IReadOnlyList<LabelMember>? TryRead(string labels)
    {
        string file = Path.Combine(labels, Name);
        if (!File.Exists(file))
            return null;
        JsonField members = JsonFile.Read(file).Get("members");
        List<LabelMember> read = [];
        foreach (JsonField member in members.Items())
        {
            JsonField name = member.Get("name");
            if (read.Exists(known => known.Name == name.Text()))
                throw name.Error($"'{name.Text()}' is given twice");
            long? parameters = (long?)member.Find("parameters")?.Number(0, 1e15);
            read.Add(new(name.Text(), member.Find("fingerprint")?.Text(), parameters));
        }

        return read.Count > 0 ? read : throw members.Error("holds no member");
    }
}
