using System.Collections.Concurrent;

using CascadeLocal.Engine.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>
/// The one thread on which a model decodes. It has to be one and the same: OpenMP keeps a team of threads per caller,
/// and llama.cpp's contexts are not thread-safe.
/// </summary>
internal sealed class DecodeThread : IDisposable
{
    private readonly Scheduler _scheduler;
    private readonly IModelContext _model;
    private readonly ILogger _logger;
    private readonly int _maxQueue;
    private readonly ConcurrentQueue<Sequence> _inbox = new();

    /// <summary>Held for the length of a submission, so that none comes after the last look into the inbox.</summary>
    private readonly Lock _submission = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly ManualResetEventSlim _gate = new(true);

    /// <summary>Held for the length of a step and of the look at the tables behind it.</summary>
    private readonly Lock _turn = new();
    private readonly Thread _thread;
    private readonly Action _left;
    private readonly Action _backgroundLeft;
    private volatile bool _stopping;
    private int _waiting;
    private int _running;

    // Requests that were taken and have neither ended nor been given up: those that are given up stay in the tables for one more step.
    private int _held;
    private int _background;

    /// <summary>Starts the thread. It owns scheduler and model from here on.</summary>
    public DecodeThread(string name, Scheduler scheduler, IModelContext model, int maxQueue, ILogger logger)
    {
        _scheduler = scheduler;
        _scheduler.Admitted = TellLoad;
        _model = model;
        _maxQueue = maxQueue;
        _logger = logger;
        _left = () => Interlocked.Decrement(ref _held);
        _backgroundLeft = () => Interlocked.Decrement(ref _background);
        _thread = new Thread(Run) { Name = $"decode {name}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs decodes that measure something, on a thread of their own that ends: OpenMP keeps a team for each that decodes.</summary>
    public static T Measure<T>(Func<T> decodes) => Task.Factory.StartNew(
        decodes, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).GetAwaiter().GetResult();

    /// <summary>Requests that wait for a sequence.</summary>
    public int Waiting => _inbox.Count + Volatile.Read(ref _waiting);

    /// <summary>Sequences in prefill or decode.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Hands a request to the thread.</summary>
    /// <exception cref="QueueFullException">Too many wait already.</exception>
    /// <exception cref="EngineException">The thread is ending.</exception>
    public void Submit(Sequence sequence)
    {
        lock (_submission)
        {
            if (_stopping)
                throw Unloaded();
            // What nobody waits for never waits itself, takes a free sequence or none, and is in nobody's way.
            bool isBackground = sequence.Priority == RequestPriority.Background;
            int held = Volatile.Read(ref _held) + (isBackground ? Volatile.Read(ref _background) : 0);
            if (held >= _scheduler.Parallel + (isBackground ? 0 : _maxQueue))
                throw new QueueFullException(Math.Max(0, held - _scheduler.Parallel));
            Interlocked.Increment(ref isBackground ? ref _background : ref _held);
            sequence.Left = isBackground ? _backgroundLeft : _left;
            _inbox.Enqueue(sequence);
            _wake.Set();
        }
    }

    /// <summary>Holds the thread before its next step, so that tests decide what is queued when it starts. What it is at has ended when this returns.</summary>
    public void Hold()
    {
        _gate.Reset();
        lock (_turn)
        {
        }
    }

    /// <summary>Ends <see cref="Hold"/>.</summary>
    public void Resume() => _gate.Set();

    /// <summary>Ends what waits or runs with an error and stops the thread.</summary>
    public void Dispose()
    {
        lock (_submission)
        {
            if (_stopping)
                return;
            _stopping = true;
        }

        _gate.Set();
        _wake.Set();
        _thread.Join();
        while (_inbox.TryDequeue(out Sequence? sequence))
            sequence.Fail(Unloaded());
        _wake.Dispose();
        _gate.Dispose();
    }

    private static EngineException Unloaded() => new("The model is being unloaded.");

    private void Run()
    {
        while (!_stopping)
        {
            _gate.Wait();
            lock (_turn)
            {
                if (!_gate.IsSet)
                    continue;
                while (_inbox.TryPeek(out Sequence? sequence))
                {
                    _scheduler.Enqueue(sequence);
                    TellLoad();
                    _inbox.TryDequeue(out _);
                }

                if (_scheduler.HasWork)
                    Step();
                TellLoad();
                if (_scheduler.HasWork || !_inbox.IsEmpty)
                    continue;
                CheckIntegrity();
            }

            _wake.WaitOne();
        }

        _scheduler.KeepPrefixes();
        _scheduler.FailAll(Unloaded());
        TellLoad();
        _scheduler.Dispose();
        _model.Dispose();
    }

    /// <summary>
    /// A request on its way from the inbox to the queue, or from there to a sequence, counts twice for a moment and never not at
    /// all: whoever finds nothing waiting and nothing running knows that all has ended.
    /// </summary>
    private void TellLoad()
    {
        Volatile.Write(ref _running, _scheduler.Running);
        Volatile.Write(ref _waiting, _scheduler.Waiting);
    }

    private void Step()
    {
        try
        {
            _scheduler.Step();
        }
        catch (Exception error)
        {
            // The requests it had are lost, the model is not.
            _logger.LogError(error, "A decode step failed; its requests are ended.");
            _scheduler.FailAll(new EngineException("A decode step failed.", error));
        }
    }

    private void CheckIntegrity()
    {
        try
        {
            _scheduler.CheckIntegrity();
        }
        catch (InvalidOperationException error)
        {
            _logger.LogError(error, "The scheduler's tables are broken; the KV cache is emptied.");
            _scheduler.FailAll(new EngineException("The scheduler's tables were broken.", error));
        }
    }
}
