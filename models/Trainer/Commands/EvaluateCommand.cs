using System.CommandLine;

using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Commands;

/// <summary><c>evaluate FILE...</c>: held-out exact match of finished files through llama.cpp.</summary>
internal static class EvaluateCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<FileInfo[]> files = new Argument<FileInfo[]>("files")
        {
            Description = "GGUF files.",
            Arity = ArgumentArity.OneOrMore,
        }.AcceptExistingOnly();
        Option<int> perFamily = CommonOptions.PerFamily();
        Option<string> test = CommonOptions.Test();
        Option<int> threads = CommonOptions.Threads();
        Option<int> history = new("--history")
        {
            Description = "Ask each question a second time, behind a conversation of up to so many tokens.",
        };
        history.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > ModelShape.ContextLength)
                result.AddError($"--history must be from 1 to {ModelShape.ContextLength}");
        });
        Command command = new("evaluate", "Measures finished files on held-out questions, greedily, through llama.cpp.")
        {
            files, perFamily, test, history, threads,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(files),
            HeldOutQuestions.Of(parsed.GetRequiredValue(test), parsed.GetValue(perFamily)),
            parsed.GetValue(history),
            parsed.GetValue(threads)));
        return command;
    }

    private static int Run(FileInfo[] files, IReadOnlyList<TaskExample> questions, int history, int threads)
    {
        using StopSignals signals = new();
        List<(string, IReadOnlyList<LevelScore>)> results = [];
        foreach (FileInfo file in files)
        {
            Measure(file, file.Name, questions);
            if (history > 0)
                Measure(file, $"{file.Name} after {history} tokens", Behind(history, file, questions));
        }

        ScoreTable.Write(results);
        return 0;

        void Measure(FileInfo file, string title, IReadOnlyList<TaskExample> asked)
        {
            bool[] isRight = GgufJudge.Judge(file.FullName, asked, threads, Console.Error, signals.Token);
            results.Add((title, ScoreSheet.Count(asked, isRight)));
        }
    }

    private static IReadOnlyList<TaskExample> Behind(int history, FileInfo file, IReadOnlyList<TaskExample> questions)
    {
        using LlamaCppModel model = new(file.FullName);
        HistoryPrefix prefix = new(turns => model.Tokenize(model.Render(turns)).Length, HeldOutQuestions.Seed);
        return [.. questions.Select(question => prefix.Prepend(question, history))];
    }
}
