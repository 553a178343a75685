using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

using Xunit.Sdk;

namespace CascadeLocal.Tests.Common;

/// <summary>
/// Follows what the test program does and ends it, with the name of what hangs on the error stream, where xUnit's own
/// time-out does not help: a synchronous test, a fixture, finding the tests, the end of the program.
/// </summary>
public sealed partial class HangWatch(IMessageSink next) : IMessageSink
{
    /// <summary>The exit code of a program that was ended, as of timeout(1).</summary>
    public const int ExitCode = 124;

    /// <summary>What stands before the name on the error stream.</summary>
    public const string Mark = "HUNG: ";

    // A fixture may train a model.
    private const int LimitsBetweenTests = 2;

    // xUnit's own time-out comes first.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private static readonly Lock Gate = new();

    private static Thread? _thread;
    private static TimeSpan _limit;
    private static string _current = "";
    private static long _since, _allowed;

    private string _name = "";
    private bool _isSynchronous;

    /// <summary>Where the name is left for build/test.sh: beside the program.</summary>
    public static string NoteIn(string folder) => Path.Combine(folder, "hung-test.txt");

    /// <inheritdoc/>
    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestCaseStarting testCase:
                _isSynchronous = testCase.TestMethodReturnTypeVSTest?.StartsWith("System.Threading.Tasks.", StringComparison.Ordinal) != true;
                break;
            case ITestStarting test:
                _name = test.TestDisplayName;
                Now(_name, test.Timeout > 0 ? TimeSpan.FromMilliseconds(test.Timeout) + Grace : _limit);
                break;
            case ITestFailed { Cause: FailureCause.Timeout } when _isSynchronous:
                End(_name);
                break;
            case ITestFinished test:
                ChildProcesses.KillThoseOf(test.TestUniqueID);
                Now($"a fixture after {_name}", _limit * LimitsBetweenTests);
                break;
            case ITestAssemblyFinished:
                Now("the end of the test program", _limit * LimitsBetweenTests);
                break;
        }
        return next.OnMessage(message);
    }

    /// <summary>Starts watching, with the search for tests as the first thing.</summary>
    internal static void Start(TimeSpan limit)
    {
        lock (Gate)
        {
            if (_thread is not null)
                return;
            _limit = limit;
            Now("the search for tests or the first fixture", limit * LimitsBetweenTests);
            File.Delete(NoteIn(AppContext.BaseDirectory));
            _thread = new Thread(Watch) { IsBackground = true, Name = nameof(HangWatch) };
            _thread.Start();
        }
    }

    private static void Now(string what, TimeSpan allowed)
    {
        lock (Gate)
        {
            _current = what;
            _since = Stopwatch.GetTimestamp();
            _allowed = (long)(allowed.TotalSeconds * Stopwatch.Frequency);
        }
    }

    private static void Watch()
    {
        while (true)
        {
            Thread.Sleep(100);
            lock (Gate)
            {
                if (Stopwatch.GetTimestamp() - _since > _allowed && !Debugger.IsAttached)
                    End(_current);
            }
        }
    }

    /// <summary>At once and without anything that could wait for what hangs: no handlers, no finalizers.</summary>
    private static void End(string name)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{Mark}{name} is over its limit; the test program ends.\n");
        using (Stream error = Console.OpenStandardError())
            error.Write(Encoding.UTF8.GetBytes(line));
        File.WriteAllText(NoteIn(AppContext.BaseDirectory), name + "\n");
        ChildProcesses.KillAll();
        Exit(ExitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int status);
}
