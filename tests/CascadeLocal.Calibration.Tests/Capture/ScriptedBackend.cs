using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;
using CascadeLocal.Engine.KvCache;

namespace CascadeLocal.Calibration.Tests.Capture;

/// <summary>Answers by a function; a token is a character.</summary>
internal sealed class ScriptedBackend(ModelOptions options, long parameters, Func<MemberRequest, string> answer) : IMemberBackend
{
    public const int Context = 100;

    private int _running;
    private int _mostRunning;

    public int Asked { get; private set; }

    public int MostRunning => _mostRunning;

    public ModelInfo Info { get; } = new()
    {
        Path = options.Path,
        Name = "scripted",
        Architecture = "none",
        ParameterCount = parameters,
        Quantization = "F32",
        FileBytes = 1,
        ContextLength = Context,
        TrainedContextLength = Context,
        VocabularySize = 256,
        Parallel = options.Parallel,
        Threads = 1,
        Device = "none",
        KvLayout = KvLayout.Streams,
        KvBytes = 1,
        Sampling = new(),
    };

    public EngineStatus Status => throw new NotSupportedException();

    public IMemberGeneration Generate(MemberRequest request)
    {
        int prompt = request.Messages.Sum(m => m.Content.Length);
        int most = request.MaxTokens ?? Math.Max(1, Context - prompt);
        if (prompt + most > Context)
            throw new ContextLengthExceededException(prompt, most, Context);
        string text;
        lock (this)
        {
            Asked++;
            text = answer(request);
        }

        return new ScriptedGeneration(this, prompt, text.Length > most ? text[..most] : text, text.Length > most);
    }

    public void Dispose()
    {
    }

    internal void Enter()
    {
        int running = Interlocked.Increment(ref _running);
        lock (this)
            _mostRunning = Math.Max(_mostRunning, running);
    }

    internal void Leave() => Interlocked.Decrement(ref _running);
}
