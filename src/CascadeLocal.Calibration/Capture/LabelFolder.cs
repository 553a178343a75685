using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.Capture;

/// <summary>A labels folder: members.json and one file of labels for each member.</summary>
internal sealed class LabelFolder
{
    private readonly string _path;
    private MembersFile _pool;

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

        _pool = MembersFile.TryRead(path) ?? new MembersFile([]);
    }

    /// <summary>The label file of a member. Names may hold a slash, but never a percent sign.</summary>
    public string PathOf(string member) => Path.Combine(_path, member.Replace("/", "%2F", StringComparison.Ordinal) + ".jsonl");

    /// <summary>Notes whose labels are in it from now on; entries of other members stay.</summary>
    /// <param name="members">The members that are to be captured.</param>
    /// <param name="reference">The member with which answers have to agree, or null.</param>
    /// <exception cref="CaptureException">Labels that are there came from another model, or agree with another member.</exception>
    /// <exception cref="DataFileException">The file cannot be written.</exception>
    public void Add(IReadOnlyList<LabelMember> members, string? reference)
    {
        foreach (LabelMember member in members)
            RequireSameModel(member);
        if (reference is not null && _pool.Reference is not null && reference != _pool.Reference)
            throw new CaptureException($"The answers in {_path} were compared with those of '{_pool.Reference}', but now '{reference}' is the strongest member; give another folder with --out.");
        IEnumerable<LabelMember> others = _pool.Members.Where(m => members.All(n => n.Name != m.Name));
        _pool = new MembersFile([.. others, .. members], reference ?? _pool.Reference);
        _pool.Write(_path);
    }

    private void RequireSameModel(LabelMember member)
    {
        LabelMember? before = _pool.Members.FirstOrDefault(m => m.Name == member.Name);
        FileInfo labels = new(PathOf(member.Name));
        if (!labels.Exists || labels.Length == 0 || before?.Fingerprint == member.Fingerprint)
            return;
        string problem = before is null
            ? $"nothing in {MembersFile.Name} says which model they came from"
            : "they came from a model with another content";
        throw new CaptureException($"{labels} holds labels of '{member.Name}', but {problem}; give another folder with --out, or remove the file.");
    }
}

/// <summary>All labels of one member for the questions that were asked, whichever capture wrote them.</summary>
/// <param name="Member">Its name.</param>
/// <param name="Rows">The labels, without their per-token signals.</param>
/// <param name="Refused">Answers it has no label for.</param>
internal sealed record MemberLabels(string Member, IReadOnlyDictionary<(string Id, int Run), LabelRow> Rows, int Refused);
