using System.Diagnostics;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests;

/// <summary>The program, built beside these tests and so with the same configuration, run as a child.</summary>
internal static class CascadeProgram
{
    private static string Program => Path.Combine(
        RepositoryPaths.Root, "src", "CascadeLocal.Cli",
        Path.GetRelativePath(Path.Combine(RepositoryPaths.Root, "tests", "CascadeLocal.Calibration.Tests"), AppContext.BaseDirectory), "cascade.dll");

    /// <summary>Runs it with its standard output going to a file.</summary>
    public static (int ExitCode, string Errors) RunInto(string file, params string[] arguments)
    {
        (int exitCode, _, string errors) = Run(new ProcessStartInfo("sh", ["-c", $"exec dotnet \"$@\" > {file}", "sh", Program, .. arguments]));
        return (exitCode, errors);
    }

    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments) => Run(new ProcessStartInfo("dotnet", [Program, .. arguments]));

    /// <summary>Runs it and sends it SIGTERM when <paramref name="moment"/> has come.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> StopAsync(Task moment, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = ChildProcesses.Start(start);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Task.WhenAny(moment, errors);
        using Process kill = ChildProcesses.Start(new ProcessStartInfo("kill", ["-TERM", $"{process.Id}"]));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static (int ExitCode, string Output, string Errors) Run(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using Process process = ChildProcesses.Start(start);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text, errors.Result);
    }
}
