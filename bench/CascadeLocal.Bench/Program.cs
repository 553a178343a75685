using System.CommandLine;

using CascadeLocal.Bench;
using CascadeLocal.Bench.Soak;

RootCommand root = BenchCommand.Create();
root.Subcommands.Add(SoakCommand.Create());
return await root.Parse(args).InvokeAsync();
