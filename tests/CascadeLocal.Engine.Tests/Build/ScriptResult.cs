namespace CascadeLocal.Engine.Tests.Build;

/// <summary>How a run of build.sh ended.</summary>
internal sealed record ScriptResult(int ProcessId, int ExitCode, string Output, string Error)
{
    public string LastLine => Output.TrimEnd().Split('\n')[^1];
}
