using System.Text.Json;

using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Capture;

/// <summary>A labels folder: members.json and one file of labels for each member.</summary>
internal sealed class LabelFolder
{
    private const string MembersFile = "members.json";

    private readonly string _path;
    private CapturedPool _pool;

    /// <summary>Opens a folder, making it if need be.</summary>
    /// <exception cref="DataFileException">It cannot be made, or its members.json is not one.</exception>
    public LabelFolder(string path)
    {
        _path = path;
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(path, null, "", $"the folder cannot be made: {e.Message}");
        }

        _pool = File.Exists(MembersPath) ? Read(MembersPath) : new CapturedPool([]);
    }

    private string MembersPath => Path.Combine(_path, MembersFile);

    /// <summary>The label file of a member. Names may hold a slash, but never a percent sign.</summary>
    public string PathOf(string member) => Path.Combine(_path, member.Replace("/", "%2F", StringComparison.Ordinal) + ".jsonl");

    /// <summary>Notes whose labels are in it from now on; entries of other members stay.</summary>
    /// <param name="members">The members that are to be captured.</param>
    /// <param name="reference">The member with which answers have to agree, or null.</param>
    /// <exception cref="CaptureException">Labels that are there came from another model, or agree with another member.</exception>
    /// <exception cref="DataFileException">The file cannot be written.</exception>
    public void Add(IReadOnlyList<CapturedMember> members, string? reference)
    {
        foreach (CapturedMember member in members)
            RequireSameModel(member);
        if (reference is not null && _pool.Reference is not null && reference != _pool.Reference)
            throw new CaptureException($"The answers in {_path} were compared with those of '{_pool.Reference}', but now '{reference}' is the strongest member; give another folder with --out.");
        IEnumerable<CapturedMember> others = _pool.Members.Where(m => members.All(n => n.Name != m.Name));
        _pool = new CapturedPool([.. others, .. members], reference ?? _pool.Reference);
        Save();
    }

    private void RequireSameModel(CapturedMember member)
    {
        CapturedMember? before = _pool.Members.FirstOrDefault(m => m.Name == member.Name);
        FileInfo labels = new(PathOf(member.Name));
        if (!labels.Exists || labels.Length == 0 || before?.Fingerprint == member.Fingerprint)
            return;
        string problem = before is null
            ? $"nothing in {MembersPath} says which model they came from"
            : "they came from a model with another content";
        throw new CaptureException($"{labels} holds labels of '{member.Name}', but {problem}; give another folder with --out, or remove the file.");
    }

    private void Save()
    {
        string temporary = MembersPath + ".new";
        try
        {
            File.WriteAllBytes(temporary, [.. JsonSerializer.SerializeToUtf8Bytes(_pool, CaptureJson.Default.CapturedPool), (byte)'\n']);
            File.Move(temporary, MembersPath, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(MembersPath, null, "", $"cannot be written: {e.Message}");
        }
    }

    private static CapturedPool Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(DataFile.ReadAllBytes(path), CaptureJson.Default.CapturedPool)
                ?? throw new DataFileException(path, null, "", "is null, but must be an object");
        }
        catch (JsonException e)
        {
            throw new DataFileException(path, (int)(e.LineNumber ?? 0) + 1, e.Path?.TrimStart('$', '.') ?? "", "is not as capture writes it");
        }
    }
}
