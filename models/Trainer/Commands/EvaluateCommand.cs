using System.CommandLine;
using System.Globalization;

using CascadeLocal.Cli.Commands;
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
        Option<bool> wrong = new("--wrong") { Description = "Write each question that is not answered right: family, question, answer, right answer." };
        Option<int> threads = CommonOptions.Threads();
        Option<int> history = new Option<int>("--history")
        {
            Description = "Ask each question a second time, behind a conversation of up to so many tokens.",
        }.Taking($"a whole number from 1 to {ModelShape.ContextLength}", tokens => tokens is >= 1 and <= ModelShape.ContextLength);
        Command command = new("evaluate", "Measures finished files on held-out questions, greedily, through llama.cpp.")
        {
            files, perFamily, test, history, wrong, threads,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(files),
            parsed.GetRequiredValue(test),
            parsed.GetValue(perFamily),
            parsed.GetValue(history),
            parsed.GetValue(wrong),
            parsed.GetValue(threads)));
        return command;
    }

    private static int Run(FileInfo[] files, string test, int perFamily, int history, bool wrong, int threads)
    {
        IReadOnlyList<TaskExample> questions = HeldOutQuestions.Of(test, perFamily);
        using StopSignals signals = new();
        List<(string Title, TestScores Result)> results = [];
        foreach (FileInfo file in files)
        {
            Measure(file, file.Name, questions);
            if (history > 0)
                Measure(file, $"{file.Name} after {history} tokens", Behind(history, file, questions));
        }

        ScoreTable.Write([.. results.Select(result => (result.Title, result.Result.Scores))]);
        foreach ((string title, TestScores result) in results)
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{title}: {result.Questions} questions, {result.Refused:P1} refused that have an answer, {result.OtherKind:P1} answered as another kind"));
        return 0;

        void Measure(FileInfo file, string title, IReadOnlyList<TaskExample> asked)
        {
            string[] answers = GgufJudge.Answer(file.FullName, asked, threads, Console.Error, signals.Token);
            results.Add((title, TestScores.Count(test, asked, answers)));
            if (!wrong)
                return;
            foreach ((TaskExample question, string answer) in asked.Zip(answers).Where(pair => pair.First.Answer != pair.Second))
                Console.Out.WriteLine($"{question.Family}\t{question.Turns[^2].Content}\t{answer}\t{question.Answer}");
        }
    }

    private static IReadOnlyList<TaskExample> Behind(int history, FileInfo file, IReadOnlyList<TaskExample> questions)
    {
        using LlamaCppModel model = new(file.FullName);
        HistoryPrefix prefix = new(turns => model.Tokenize(model.Render(turns)).Length, HeldOutQuestions.Seed);
        return [.. questions.Select(question => prefix.Prepend(question, history))];
    }
}
