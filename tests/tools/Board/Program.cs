using System.CommandLine;

using CascadeLocal.Board;

// Each step leaves what it measured in the state folder, and the page is made of what is there: a step that was not run is "not run".
Option<DirectoryInfo> data = new("--data") { Description = "The folder with the data sets", Required = true };
Option<DirectoryInfo> state = new("--state") { Description = "Where measurements and vectors are kept", Required = true };
Option<DirectoryInfo> docs = new("--docs") { Description = "The folder of the page", Required = true };
Option<int> cuts = new("--cuts") { Description = "Cuts of each set of chains", DefaultValueFactory = _ => 20 };
Option<int> seeds = new("--seeds") { Description = "Seeds of the fits on real-tier", DefaultValueFactory = _ => 10 };
Argument<string[]> steps = new("steps") { Description = $"{string.Join(", ", Steps.All.Keys)}; none for the page alone", Arity = ArgumentArity.ZeroOrMore };
steps.AcceptOnlyFromAmong([.. Steps.All.Keys]);
RootCommand root = new("Measures fits and curves on public label sets and writes the board") { data, state, docs, cuts, seeds, steps };
root.SetAction(async (result, cancellationToken) =>
{
    BoardContext context = new(
        result.GetRequiredValue(data).FullName, result.GetRequiredValue(state).FullName, result.GetRequiredValue(docs).FullName,
        result.GetValue(cuts), result.GetValue(seeds), cancellationToken);
    foreach (string step in result.GetValue(steps) ?? [])
    {
        await Console.Error.WriteLineAsync($"{step} ...");
        StepResult measured = await Steps.All[step](context);
        measured.Save(context.FileOf(step));
    }

    BoardPage.Write(context);
    return 0;
});
return await root.Parse(args).InvokeAsync();
