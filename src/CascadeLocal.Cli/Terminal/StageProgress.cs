using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A progress bar per stage of long work, on standard error; nothing where that is no terminal.</summary>
internal static class StageProgress
{
    /// <summary>Runs a stage, which reports the share that is done.</summary>
    public static async Task<T> RunAsync<T>(string stage, Func<IProgress<double>, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
            return await work(new Progress<double>());
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true).StartAsync(async context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(stage), maxValue: 1);
            return await work(new Progress<double>(share => task.Value = share));
        });
    }
}
