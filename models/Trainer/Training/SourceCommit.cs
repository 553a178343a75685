using System.ComponentModel;
using System.Diagnostics;

namespace CascadeLocal.Trainer.Training;

/// <summary>The state of the sources that a member was trained with.</summary>
internal static class SourceCommit
{
    /// <summary>The short commit, with <c>+</c> if files differ from it, or <c>unknown</c> outside of a repository.</summary>
    public static string Describe()
    {
        string? commit = Git("rev-parse", "--short", "HEAD");
        if (string.IsNullOrEmpty(commit))
            return "unknown";
        return string.IsNullOrEmpty(Git("status", "--porcelain", "--untracked-files=no")) ? commit : commit + "+";
    }

    private static string? Git(params string[] arguments)
    {
        try
        {
            ProcessStartInfo start = new("git", arguments)
            {
                WorkingDirectory = AppContext.BaseDirectory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
