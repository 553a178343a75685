using System.Collections.Concurrent;

using CascadeLocal.Contracts;

namespace CascadeLocal.Tests.Common;

/// <summary>A member without a model: it gives the answers that a test wrote down.</summary>
public sealed class ScriptedMember(long parameters = 1_000) : IMember
{
    private readonly Lock _gate = new();
    private readonly HashSet<ScriptedAnswer> _running = [];
    private MemberLoad? _load;
    private bool _isDisposed;

    /// <summary>What it answers. What this throws is what <see cref="StartAsync"/> throws.</summary>
    public Func<GenerationRequest, ScriptedAnswer> Answer { get; set; } = _ => new("4", "2", "");

    /// <summary>What it was asked, in order; what it refused included.</summary>
    public ConcurrentQueue<GenerationRequest> Requests { get; } = new();

    /// <summary>The most answers that were made at once.</summary>
    public int MostRunning { get; private set; }

    public MemberCapabilities Capabilities { get; init; } = new()
    {
        Model = "scripted",
        ContextLength = 100,
        Parallel = 4,
        ParameterCount = parameters,
        VocabularySize = 50,
        VocabularyFingerprint = "same",
        Sampling = new() { Temperature = 0.5f, TopK = 9 },
    };

    /// <summary>The answers that are being made, unless a test says something else.</summary>
    public MemberLoad Load
    {
        get
        {
            lock (_gate)
                return _load ?? new(0, _running.Count);
        }

        set
        {
            lock (_gate)
                _load = value;
        }
    }

    public ValueTask<IAnswer> StartAsync(GenerationRequest request, IAnswerObserver? observer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<IAnswer>(cancellationToken);
        Requests.Enqueue(request);
        try
        {
            ScriptedAnswer answer = Script(request);
            Enter(answer);
            answer.Start(request, observer, () => Leave(answer));
            return ValueTask.FromResult<IAnswer>(answer);
        }
        catch (Exception refusal)
        {
            return ValueTask.FromException<IAnswer>(refusal);
        }
    }

    public ValueTask CheckAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            _ = Script(request);
            return ValueTask.CompletedTask;
        }
        catch (MemberException refusal)
        {
            return ValueTask.FromException(refusal);
        }
    }

    public void Dispose()
    {
        ScriptedAnswer[] running;
        lock (_gate)
        {
            _isDisposed = true;
            running = [.. _running];
        }

        foreach (ScriptedAnswer answer in running)
            answer.Break(Unloaded());
    }

    private ScriptedAnswer Script(GenerationRequest request) =>
        request.Choices == 1 ? Answer(request) : throw new RequestRefusedException("A member gives one answer at a time.");

    private void Enter(ScriptedAnswer answer)
    {
        lock (_gate)
        {
            if (_isDisposed)
                throw Unloaded();
            if (!_running.Add(answer))
                throw new InvalidOperationException("A scripted answer is given once.");
            MostRunning = Math.Max(MostRunning, _running.Count);
        }
    }

    private void Leave(ScriptedAnswer answer)
    {
        lock (_gate)
            _running.Remove(answer);
    }

    private static EngineException Unloaded() => new("The model is being unloaded.");
}
