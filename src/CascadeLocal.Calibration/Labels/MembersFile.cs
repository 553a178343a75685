using System.Text.Json;

using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Labels;

/// <summary>members.json of a labels folder: which models gave the labels in it.</summary>
/// <param name="Members">The members, in file order.</param>
/// <param name="Reference">The member whose answers count as right, where rows were graded by agreement; else null.</param>
internal sealed record MembersFile(IReadOnlyList<LabelMember> Members, string? Reference = null)
{
    /// <summary>The file's name in its folder.</summary>
    public const string Name = "members.json";

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
            long? parameters = (long?)member.FindValue("parameters")?.Number(0, 1e15);
            read.Add(new(name.Text(), member.FindValue("fingerprint")?.Text(), parameters));
        }

        return read.Count > 0 ? new(read, root.FindValue("reference")?.Text()) : throw members.Error("holds no member");
    }

    /// <summary>Writes the file: all of it or nothing.</summary>
    /// <exception cref="DataFileException">It cannot be written.</exception>
    public void Write(string labels)
    {
        string file = Path.Combine(labels, Name);
        string temporary = file + ".new";
        try
        {
            File.WriteAllBytes(temporary, [.. JsonSerializer.SerializeToUtf8Bytes(this, LabelJson.Readable.MembersFile), (byte)'\n']);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(file, null, "", $"cannot be written: {e.Message}");
        }
    }
}
