Console.WriteLine("cascade");
