using System.Text;

namespace CascadeLocal.Dialects;

/// <summary>What a routine asks for when it pauses.</summary>
internal readonly struct Step
{
    private Step(StepKind kind, IEnumerator<Step>? routine = null)
    {
        Kind = kind;
        Routine = routine;
    }

    /// <summary>The next character is consumed and held back until it is decided what it belongs to.</summary>
    internal static Step Take { get; } = new(StepKind.Take);

    /// <summary>The next character is consumed; it has been passed on, or means nothing.</summary>
    internal static Step Skip { get; } = new(StepKind.Skip);

    /// <summary>This is not what the routine reads. The next character stays.</summary>
    internal static Step Fail { get; } = new(StepKind.Fail);

    internal StepKind Kind { get; }

    internal IEnumerator<Step>? Routine { get; }

    /// <summary>Another routine first; where it fails, so does this one.</summary>
    internal static Step Run(IEnumerator<Step> routine) => new(StepKind.Run, routine);

    /// <summary>Another routine first; <see cref="RoutineRunner.HasFailed"/> tells how it ended.</summary>
    internal static Step Try(IEnumerator<Step> routine) => new(StepKind.Try, routine);
}

internal enum StepKind
{
    Take,
    Skip,
    Fail,
    Run,
    Try,
}

/// <summary>
/// Runs routines that read a text character by character and pause where the next one is not there yet. So a reader is written
/// as if it had the whole text, and how the text was cut into pieces cannot matter.
/// </summary>
internal abstract class RoutineRunner
{
    /// <summary>What <see cref="Next"/> is when the text has ended.</summary>
    internal const int End = -1;

    private readonly Stack<(IEnumerator<Step> Routine, bool Guards)> _running = new();

    /// <summary>The character to be read next, or <see cref="End"/>. There always is one while a routine runs.</summary>
    internal int Next { get; private set; }

    /// <summary>Where in the text <see cref="Next"/> stands.</summary>
    internal int Position { get; private set; } = -1;

    /// <summary>Whether the routine that was tried last has failed.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Characters taken that are not decided yet.</summary>
    internal StringBuilder Held { get; } = new();

    /// <summary>Steps made so far, which is what a text costs.</summary>
    internal long Work { get; private set; }

    protected void Start(IEnumerator<Step> routine) => _running.Push((routine, true));

    protected void Push(int next)
    {
        Next = next;
        Position++;
        while (_running.Count > 0)
        {
            Work++;
            IEnumerator<Step> routine = _running.Peek().Routine;
            if (!routine.MoveNext())
            {
                if (_running.Pop().Guards)
                    HasFailed = false;
                continue;
            }

            Step step = routine.Current;
            switch (step.Kind)
            {
                case StepKind.Take or StepKind.Skip when Next != End:
                    if (step.Kind == StepKind.Take)
                        Held.Append((char)Next);
                    return;
                case StepKind.Run or StepKind.Try:
                    _running.Push((step.Routine!, step.Kind == StepKind.Try));
                    break;
                default:
                    while (!_running.Pop().Guards)
                        Work++;
                    HasFailed = true;
                    break;
            }
        }
    }
}
