using System.Text.Json;

using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>What decision logs hold, from the oldest file to the newest.</summary>
public sealed class LoggedTraffic
{
    private readonly List<LoggedRequest> _requests = [];
    private readonly Dictionary<(string Id, string? Key), double> _said = [];

    private LoggedTraffic()
    {
    }

    /// <summary>The files that were read.</summary>
    public IReadOnlyList<string> Files { get; private init; } = [];

    /// <summary>Lines that are no whole line of a log: a full disk or a killed process leaves such.</summary>
    public int BrokenLines { get; private set; }

    /// <summary>All requests.</summary>
    internal IReadOnlyList<LoggedRequest> Requests => _requests;

    /// <summary>What was said last of every answer that something was said of, by the key that it was given to: 0..1.</summary>
    internal IReadOnlyDictionary<string, double> Feedback { get; private set; } = new Dictionary<string, double>();

    /// <summary>Reads logs with their rotated files.</summary>
    /// <param name="paths">The files that were configured; what was rotated lies beside them, as .1, .2 ...</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DataFileException">A file cannot be read, or no line of all is one of a decision log.</exception>
    public static LoggedTraffic Read(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string[] files = [.. paths.SelectMany(WithRotated).Distinct()];
        LoggedTraffic log = new() { Files = files };
        foreach (string file in files)
            DataFile.Read(file, content => log.Take(content, cancellationToken));
        log.Feedback = log.FeedbackOfOwners();
        return log._requests.Count + log._said.Count > 0
            ? log
            : throw new DataFileException(files[0], null, "", log.BrokenLines == 0 ? "the log is empty" : $"none of {log.BrokenLines} lines is one of a decision log");
    }

    // The newest has no number, the oldest the greatest.
    private static IEnumerable<string> WithRotated(string path) =>
        Enumerable.Range(1, int.MaxValue - 1).Select(age => $"{path}.{age}").TakeWhile(File.Exists).Reverse().Append(path);

    // The server cannot tell whose an answer was that it has forgotten; the log can.
    private Dictionary<string, double> FeedbackOfOwners()
    {
        Dictionary<string, string?> owners = _requests.GroupBy(request => request.Id).ToDictionary(group => group.Key, group => group.Last().Key);
        return _said.Where(said => !owners.TryGetValue(said.Key.Id, out string? owner) || owner == said.Key.Key)
            .GroupBy(said => said.Key.Id)
            .ToDictionary(group => group.Key, group => group.Last().Value);
    }

    private void Take(Stream content, CancellationToken cancellationToken)
    {
        LineReader lines = new(content);
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!line.Trim(" \t\r"u8).IsEmpty)
                Take(line.ToArray());
        }
    }

    private void Take(byte[] line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (LogLineReader.Request(document.RootElement) is { } request)
                _requests.Add(request);
            else if (LogLineReader.Feedback(document.RootElement) is { } feedback)
                _said[(feedback.Id, feedback.Key)] = feedback.Correct;
            else
                BrokenLines++;
        }
        catch (JsonException)
        {
            BrokenLines++;
        }
    }
}
