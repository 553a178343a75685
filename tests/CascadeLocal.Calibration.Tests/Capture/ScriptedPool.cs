using CascadeLocal.Calibration.Capture;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Dialects;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Chat;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Capture;

/// <summary>A pool of scripted members, a query file and a labels folder.</summary>
internal sealed class ScriptedPool : IDisposable
{
    public const int Context = 100;

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, (long Parameters, Func<GenerationRequest, string> Answer)> _members = [];

    public Dictionary<string, ScriptedMember> Backends { get; } = [];

    public string Labels => _folder.File("labels");

    /// <summary>A member that answers every request by <paramref name="answer"/>; its model file holds its name.</summary>
    public ScriptedPool With(string name, long parameters, Func<GenerationRequest, string> answer)
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
        CaptureRun run = new(QueryFile.Read(data, QuestionFields.Read), options ?? new());
        using ModelPool pool = new(
            [.. _members.Select(m => new MemberOptions { Name = m.Key, Model = new ModelOptions { Path = ModelPath(m.Key), Parallel = 4 } })],
            NullLogger.Instance,
            (member, _, _) => Task.FromResult<IMember>(Load(member.Name)));
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        return await run.RunAsync(pool, Labels, observer ?? new(), stop?.Token ?? TestContext.Current.CancellationToken);
    }

    public void Dispose() => _folder.Dispose();

    private ScriptedMember Load(string name)
    {
        (long parameters, Func<GenerationRequest, string> answer) = _members[name];
        return Backends[name] = new ScriptedMember(parameters) { Answer = request => Say(request, answer) };
    }

    // A token is a character; the conversation's own length is that of its texts.
    private static ScriptedAnswer Say(GenerationRequest request, Func<GenerationRequest, string> answer)
    {
        int prompt = request.Messages.Sum(m => m.Content.Length);
        if (prompt >= Context)
            throw new ContextLengthExceededException(prompt, Context);
        return new ScriptedAnswer([.. answer(request).Select(c => c.ToString())])
        {
            Markup = new(Dialect.Hermes.Name, BeginsInReasoning: false),
            PromptTokens = prompt,
            CachedTokens = 0,
            Signals = new(-1f / 3, 0.000012345f, float.PositiveInfinity),
        };
    }
}
