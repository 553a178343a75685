using System.Diagnostics;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests;

/// <summary>The program, built beside these tests and so with the same configuration, run as a child.</summary>
internal static class CascadeProgram
{
    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        string output = Path.GetRelativePath(
            Path.Combine(RepositoryPaths.Root, "tests", "CascadeLocal.Calibration.Tests"), AppContext.BaseDirectory);
        string program = Path.Combine(RepositoryPaths.Root, "src", "CascadeLocal.Cli", output, "cascade.dll");
        ProcessStartInfo start = new("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = ChildProcesses.Start(start);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text, errors.Result);
    }
}
