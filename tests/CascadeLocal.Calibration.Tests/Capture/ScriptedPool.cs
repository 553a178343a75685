using CascadeLocal.Calibration.Capture;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Cascade.Members;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Capture;

/// <summary>A pool of scripted members, a query file and a labels folder.</summary>
internal sealed class ScriptedPool : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, (long Parameters, Func<MemberRequest, string> Answer)> _members = [];

    public Dictionary<string, ScriptedBackend> Backends { get; } = [];

    public string Labels => _folder.File("labels");

    /// <summary>A member that answers every request by <paramref name="answer"/>; its model file holds its name.</summary>
    public ScriptedPool With(string name, long parameters, Func<MemberRequest, string> answer)
    {
        _members[name] = (parameters, answer);
        File.WriteAllText(ModelPath(name), name);
        return this;
    }

    public string ModelPath(string name) => _folder.File(name.Replace('/', '_') + ".gguf");

    public string LabelPath(string name) => Path.Combine(Labels, name + ".jsonl");

    public async Task<CaptureReport> CaptureAsync(
        string queries, CaptureOptions? options = null, RecordingObserver? observer = null, CancellationTokenSource? stop = null)
    {
        string data = _folder.File("queries.jsonl");
        await File.WriteAllTextAsync(data, queries, TestContext.Current.CancellationToken);
        CaptureRun run = new(QueryFile.Read(data), options ?? new());
        using ModelPool pool = new(
            [.. _members.Select(m => new MemberOptions { Name = m.Key, Model = new ModelOptions { Path = ModelPath(m.Key), Parallel = 4 } })],
            NullLogger.Instance,
            (model, _, _) => Task.FromResult<IMemberBackend>(Load(model)));
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        return await run.RunAsync(pool, Labels, observer ?? new(), stop?.Token ?? TestContext.Current.CancellationToken);
    }

    public void Dispose() => _folder.Dispose();

    private ScriptedBackend Load(ModelOptions model)
    {
        (string name, (long parameters, Func<MemberRequest, string> answer)) = _members.Single(m => ModelPath(m.Key) == model.Path);
        return Backends[name] = new ScriptedBackend(model, parameters, answer);
    }
}
