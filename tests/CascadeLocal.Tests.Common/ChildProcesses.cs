using System.Collections.Concurrent;
using System.Diagnostics;

using Xunit;

namespace CascadeLocal.Tests.Common;

/// <summary>The programs that tests start. None outlives its test, or the test program where a fixture started it.</summary>
public static class ChildProcesses
{
    private static readonly ConcurrentDictionary<int, (Process Process, string? Test)> Running = new();
    private static readonly ConcurrentDictionary<string, bool> Ended = new();

    /// <summary>Starts a program for the running test or fixture.</summary>
    public static Process Start(ProcessStartInfo start)
    {
        Process process = new() { StartInfo = start };
        Start(process);
        return process;
    }

    /// <summary>Starts a program for the running test or fixture.</summary>
    public static void Start(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        string? test = TestContext.Current.Test?.UniqueID;
        process.Start();
        // A handle of our own: the test disposes of its own as it likes.
        if (Open(process.Id) is { } child)
            Running[process.Id] = (child, test);
        // A test that went over its limit may still be running.
        if (test is not null && Ended.ContainsKey(test))
            KillThoseOf(test);
    }

    internal static void KillThoseOf(string test)
    {
        Ended[test] = true;
        foreach ((int id, (Process process, string? owner)) in Running)
        {
            if (owner == test && Running.TryRemove(id, out _))
                Kill(process);
        }
    }

    internal static void KillAll()
    {
        foreach ((Process process, _) in Running.Values)
            Kill(process);
    }

    private static Process? Open(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;  // it has ended already
        }
    }

    private static void Kill(Process process)
    {
        using (process)
        {
            try
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
            {
                // It ended in the meantime.
            }
        }
    }
}
