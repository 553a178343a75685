using System.CommandLine;

using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Queries;
using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Commands;

/// <summary>
/// <c>samples</c>: held-out questions with their answers, a line each of family, question and answer with tabs between. For
/// programs that take one question, so those which follow up on another are left out.
/// </summary>
internal static class SamplesCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<string> test = CommonOptions.Test();
        Option<int> perFamily = CommonOptions.PerFamily();
        Option<FileInfo?> output = new("--out") { Description = "Write all of them as a query file, with those that follow up, instead." };
        Command command = new("samples", "Writes held-out questions and answers, a line each with tabs between.") { test, perFamily, output };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(output) is { } file)
            {
                QueryFileWriter.WriteTest(file.FullName, parsed.GetRequiredValue(test), parsed.GetValue(perFamily));
                return 0;
            }

            foreach (TaskExample example in HeldOutQuestions.Of(parsed.GetRequiredValue(test), parsed.GetValue(perFamily)))
                if (example.Turns is [{ Role: "user" } question, { } answer])
                    Console.Out.WriteLine($"{example.Family}\t{question.Content}\t{answer.Content}");
            return 0;
        });
        return command;
    }
}
